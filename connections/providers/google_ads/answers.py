"""What the SDK raises, as a fault: Google's own words stand in the trailing metadata of the call."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from google.ads.googleads.errors import GoogleAdsException

from connections.providers.google_ads.faults import FAILURE_KEY, Fault
from connections.providers.google_ads.names import VERSION

Scrub = Callable[[str], str]


def fault_of(error: Any, scrub: Scrub) -> Fault:
    """The SDK turns some refusals into its own exception and leaves limits and broken servers as they came."""
    call = _call(error)
    metadata = _trailing(call)
    body = next((value for key, value in metadata.items() if key.endswith(FAILURE_KEY)), None)
    failure = _failure(body) if body else getattr(error, "failure", None)
    return _fault(_status(error, call), failure, metadata.get("request-id", ""), scrub, _words(error, call))


def _call(error: Any) -> Any:
    """The refused call of gRPC inside of an exception."""
    if isinstance(error, GoogleAdsException):
        return error.error
    inner = getattr(error, "errors", None)
    return inner[0] if inner else error


def _trailing(call: Any) -> dict[str, Any]:
    read = getattr(call, "trailing_metadata", None)
    return dict((read() if read else None) or ())


def _status(error: Any, call: Any) -> str:
    read = getattr(call, "code", None)
    found = read() if callable(read) else getattr(error, "grpc_status_code", None)
    return str(getattr(found, "name", None) or "UNKNOWN")


def _words(error: Any, call: Any) -> str:
    read = getattr(call, "details", None)
    return str((read() if callable(read) else None) or error)


def _failure(body: bytes) -> Any:
    from importlib import import_module

    types = import_module(f"google.ads.googleads.{VERSION}.errors.types.errors")
    return types.GoogleAdsFailure.pb().FromString(body)


def _fault(status: str, failure: Any, request_id: str, scrub: Scrub, words: str) -> Fault:
    if failure is None or not failure.errors:
        return Fault(status, message=scrub(words)[:800], request_id=request_id)
    first = failure.errors[0]
    limit = next((each.details.quota_error_details for each in failure.errors if _is_told(each)), None)
    return Fault(
        status,
        codes=tuple(_code(each.error_code) for each in failure.errors),
        message=scrub(first.message)[:800],
        retry_delay=limit.retry_delay.ToTimedelta() if limit is not None else None,
        rate_scope=_name(limit, "rate_scope") if limit is not None else "",
        request_id=request_id or failure.request_id,
    )


def _is_told(error: Any) -> bool:
    delay: timedelta = error.details.quota_error_details.retry_delay.ToTimedelta()
    return delay > timedelta(0) or error.details.quota_error_details.rate_scope != 0


def _code(error_code: Any) -> str:
    """Of a server that is newer than the SDK there may be none, or a number."""
    family = error_code.WhichOneof("error_code") or ""
    return f"{family}.{_name(error_code, family)}" if family else "unknown"


def _name(message: Any, field: str) -> str:
    number = getattr(message, field)
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    return value.name if value is not None else str(number)
