"""What each operation says of itself in the schema: what it takes and every way in which it may answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.serializers import Serializer

from connections.api.problems import Problem

Operation = Callable[..., Any]
Shape = type[Serializer[Any]]

PROBLEMS = {
    400: "The request makes no sense; `invalid` says which of its fields are wrong.",
    401: "Nobody is signed in, or the token is unknown or was revoked.",
    403: "The role does not suffice, or a browser sent no CSRF token.",
    404: "There is none, or it belongs to others.",
    409: "Not as things are: `detail` says why, `remedy` what to do.",
    411: "A body without its length.",
    413: "The body is longer than a megabyte.",
    415: "The body is not application/json.",
    429: "Too many requests from this address; Retry-After says when there may be more.",
    422: "The provider refused: `detail` says why, `remedy` what to do.",
}
READING, WRITING = (401,), (400, 401, 403, 411, 413, 415)


def describe(
    name: str,
    summary: str,
    answers: Mapping[int, tuple[str, Shape | None]],
    *,
    body: Shape | None = None,
    query: Sequence[Shape] = (),
    problems: Sequence[int] = (),
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[Operation], Operation]:
    """answers: what each good status means, and the shape that comes with it."""
    described: Callable[[Operation], Operation] = extend_schema(
        operation_id=name,
        summary=summary,
        request=body,
        parameters=list(query),
        responses={status: OpenApiResponse(shape, text) for status, (text, shape) in answers.items()}
        | {status: OpenApiResponse(Problem, PROBLEMS[status]) for status in sorted(problems)},
        examples=list(examples),
        tags=[name.partition("_")[0]],
    )
    return described


def example(name: str, value: Any, *statuses: int) -> OpenApiExample:
    """Of an answer with one of these statuses; of the request without any."""
    if not statuses:
        return OpenApiExample(name, value, request_only=True)
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status) for status in statuses])
