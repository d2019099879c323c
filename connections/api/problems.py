"""Say what went wrong, always in the same shape: a sentence, and what to do where there is something to do."""

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from connections.errors import SyncError


class Problem(serializers.Serializer[Any]):
    """invalid: which fields of the request are wrong, and why."""

    detail = serializers.CharField()
    remedy = serializers.CharField(required=False)
    invalid = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)


class ProblemWithRemedy(APIException):
    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


class Conflict(ProblemWithRemedy):
    """It cannot be done as things are."""

    status_code = status.HTTP_409_CONFLICT


class Refused(ProblemWithRemedy):
    """The provider said no."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """None for what nobody foresaw: then the log has it."""
    if isinstance(error, SyncError):
        error = Refused(error.sentence, error.remedy)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _problem(error, response.data)
    return response


def _problem(error: Exception, data: Any) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        wrong: dict[str, list[str]] = {}
        for name, sentence in _flat(data):
            wrong.setdefault(name, []).append(sentence)
        return {"detail": " ".join(f"{name}: {' '.join(said)}" for name, said in wrong.items()), "invalid": wrong}
    if isinstance(error, ProblemWithRemedy):
        return {"detail": str(error.detail)} | ({"remedy": error.remedy} if error.remedy else {})
    return {"detail": str(data["detail"])}


def _flat(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every sentence with the dotted name of its field; "body" for the whole."""
    if isinstance(data, dict):
        for name, inner in data.items():
            yield from _flat(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    elif isinstance(data, list):
        for inner in data:
            yield from _flat(inner, path)
    else:
        yield path or "body", str(data)
