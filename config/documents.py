"""The API's schema, and a page on which people may try it."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request


class Schema(SpectacularJSONAPIView):
    schema = None


class TryIt(SpectacularSwaggerSplitView):
    """Its script is a file of its own, as our content policy wants."""

    schema = None
    url_name = "api_schema"
    template_name = "api/try_it.html"

    def handle_exception(self, exc: Exception) -> Any:
        """This is a page for people: strangers may sign in."""
        if isinstance(exc, NotAuthenticated):
            answer: HttpResponseBase = redirect_to_login(self.request.get_full_path())
            return answer
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, HttpResponseBase) and not hasattr(response, "render"):
            return response
        return super().finalize_response(request, response, *args, **kwargs)
