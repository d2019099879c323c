"""Read what was sent: a body of bounded size, and nothing in it that we do not know. And tell times in one way."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from django.conf import settings
from django.http import QueryDict
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request

from connections.api.problems import LengthRequired, TooLarge
from connections.api.wire import JSON, media_type_of
from connections.forms import validators_of
from connections.sources import FormField


def refuse_unreadable(request: Request) -> None:
    """Before anything looks into the body. Raises the problems 411, 413 and 415."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired("Say how long the body is, in Content-Length.")
    size = int(length) if length.isdecimal() else 0
    if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge(f"The body is longer than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes.")
    if size and request.method in ("POST", "PUT", "PATCH") and media_type_of(request) != JSON:
        raise UnsupportedMediaType(media_type_of(request), f"Send the body as {JSON}.")


class Strict(serializers.Serializer[Any]):
    """A body in which every field is known."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            known = f"Known are: {', '.join(self.fields)}." if self.fields else "No field is known here."
            raise ValidationError({name[:100]: [f"There is no such field. {known}"] for name in unknown[:10]})
        return super().to_internal_value(data)


class StrictInSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**mapped, "additionalProperties": False}


def read(request: Request, shape: type[Strict], **context: Any) -> dict[str, Any]:
    """The fields of the body. Raises ValidationError."""
    data = {} if isinstance(request.data, QueryDict) else request.data  # no body at all
    return checked(shape(data=data, context=context))


def query(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The known parameters of the address. Raises ValidationError."""
    return checked(shape(data=request.query_params.dict()))


def checked(shape: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    shape.is_valid(raise_exception=True)
    found: dict[str, Any] = shape.validated_data
    return found


def filled_in(name: str, fields: Iterable[FormField], given: Any, *, partial: bool = False) -> dict[str, Any]:
    """What somebody filled in of a source's form. Raises ValidationError. partial: nothing has to be there.

    name: of the body's field that holds it all.
    """
    shape = type("FilledIn", (Strict,), {field.name: _field(field) for field in fields})
    try:
        return checked(shape(data=given, partial=partial))
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error


def _field(field: FormField) -> serializers.Field[Any, Any, Any, Any]:
    if field.choices:
        return one_of(dict(field.choices), required=field.required, allow_blank=not field.required)
    return serializers.CharField(
        required=field.required,
        allow_blank=not field.required,
        max_length=field.longest,
        validators=validators_of(field),
    )


def one_of(choices: Any, **options: Any) -> serializers.ChoiceField:
    """A choice whose error names the choices."""
    named = ", ".join(map(str, serializers.ChoiceField(choices).choices))
    messages: dict[str, Any] = {"invalid_choice": f"Choose one of: {named}."}
    return serializers.ChoiceField(choices, error_messages=messages, **options)


def moment(**options: Any) -> serializers.DateTimeField:
    """In UTC, with Z."""
    return serializers.DateTimeField(default_timezone=UTC, **options)
