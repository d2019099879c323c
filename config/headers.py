"""The headers that Django has no setting for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

FEATURES = "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi payment usb"
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES.split()),
    "Cross-Origin-Resource-Policy": "same-origin",
    # Pages show what only this person may see. Whoever shares the machine or the way gets no copy.
    "Cache-Control": "private, no-cache",
}


class MoreHeaders:
    """What an answer says itself stays: static files may be kept by everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer
