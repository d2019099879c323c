"""The gRPC side of the stand-in, in the messages of Google's own package."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

import grpc

from connections.providers.google_ads.sandbox.certificate import Certificate
from connections.providers.google_ads.sandbox.errors import KEY, Refusal

API = "google.ads.googleads.v26"
HOST = "127.0.0.1"
THREADS = 16
PORTS_TO_TRY, LAST_PORT = 100, 65_535


class Asked(Protocol):
    """What stands behind the services. Each raises Refusal."""

    def stream(self, request: Any, context: Any) -> Iterator[Any]: ...

    def search(self, request: Any, context: Any) -> Any: ...

    def accessible(self, context: Any) -> Sequence[str]: ...


class GrpcServer:
    """Until it is stopped. near: the next free port is taken from here on."""

    def __init__(self, asked: Asked, certificate: Certificate, *, near: int) -> None:
        options = [("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
        self._pool = ThreadPoolExecutor(THREADS, "sandbox-grpc")
        self._server = grpc.server(self._pool, handlers=_services(asked), options=options)
        signed = grpc.ssl_server_credentials([(certificate.key, certificate.chain)])
        self.port = _listen(self._server, near, signed)
        self._server.start()

    def stop(self) -> None:
        self._server.stop(grace=None).wait(5)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _listen(server: Any, port: int, credentials: Any) -> int:
    for candidate in (*range(port, min(port + PORTS_TO_TRY, LAST_PORT + 1)), 0):
        with suppress(RuntimeError):
            found: int = server.add_secure_port(f"{HOST}:{candidate}", credentials)
            return found
    raise OSError(f"The stand-in finds no port from {port} on.")


def messages(name: str) -> Any:
    """A module of the package, loaded when the first server starts."""
    return import_module(f"{API}.{name}")


def _services(asked: Asked) -> tuple[Any, ...]:
    ads = messages("services.types.google_ads_service")
    customers = messages("services.types.customer_service")

    def listed(request: Any, context: Any) -> Any:
        names = [f"customers/{number}" for number in asked.accessible(context)]
        return customers.ListAccessibleCustomersResponse.pb()(resource_names=names)

    return (
        grpc.method_handlers_generic_handler(
            f"{API}.services.GoogleAdsService",
            {
                "SearchStream": grpc.unary_stream_rpc_method_handler(
                    _told_in_stream(asked.stream),
                    ads.SearchGoogleAdsStreamRequest.pb().FromString,
                    ads.SearchGoogleAdsStreamResponse.pb().SerializeToString,
                ),
                "Search": grpc.unary_unary_rpc_method_handler(
                    _told(asked.search),
                    ads.SearchGoogleAdsRequest.pb().FromString,
                    ads.SearchGoogleAdsResponse.pb().SerializeToString,
                ),
            },
        ),
        grpc.method_handlers_generic_handler(
            f"{API}.services.CustomerService",
            {
                "ListAccessibleCustomers": grpc.unary_unary_rpc_method_handler(
                    _told(listed),
                    customers.ListAccessibleCustomersRequest.pb().FromString,
                    customers.ListAccessibleCustomersResponse.pb().SerializeToString,
                )
            },
        ),
    )


def _told(answer: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def answered(request: Any, context: Any) -> Any:
        try:
            return answer(request, context)
        except Refusal as refusal:
            _refuse(context, refusal)

    return answered


def _told_in_stream(answer: Callable[[Any, Any], Iterator[Any]]) -> Callable[[Any, Any], Iterator[Any]]:
    def answered(request: Any, context: Any) -> Iterator[Any]:
        try:
            yield from answer(request, context)
        except Refusal as refusal:
            _refuse(context, refusal)

    return answered


def _refuse(context: Any, refusal: Refusal) -> None:
    """Google's own words travel behind the last message, in binary."""
    failure = refusal.failure(messages("errors.types.errors"))
    metadata = [("request-id", "sandbox-request")]
    context.set_trailing_metadata([*metadata, *([(KEY, failure)] if failure is not None else [])])
    context.abort(grpc.StatusCode[refusal.grpc_status], refusal.message or "The service is currently unavailable.")
