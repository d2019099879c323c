"""Sign in and out."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

MISMATCH = "That email and password do not belong together. Check both; capital letters count."


class SignInForm(AuthenticationForm):
    """One sentence for every way to fail, so that nobody learns which accounts exist."""

    error_messages = {"invalid_login": MISMATCH, "inactive": MISMATCH}


class SignIn(LoginView):
    template_name = "connections/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


def too_many_failures(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """In place of any other answer, for known and unknown people alike, once they have failed too often."""
    now = timezone.now()
    wait = max(timedelta(seconds=1), _end(request, credentials, now) - now)
    minutes = -(-wait // timedelta(minutes=1))
    answer = render(request, "connections/sign_in.html", {"locked_minutes": minutes}, status=429)
    answer.headers["Retry-After"] = str(int(wait.total_seconds()))
    return answer


def counted_as(request: HttpRequest, credentials: Any) -> str:
    """The name under which failures are counted. One that nobody has is kept as its hash: it may be a password."""
    typed = str((credentials or request.POST).get("username") or "")
    if User.objects.filter(username=typed).exists():
        return typed
    return f"nobody {hmac.new(settings.SECRET_KEY.encode(), typed.encode(), 'sha256').hexdigest()[:16]}"


def _end(request: HttpRequest, credentials: Any, now: datetime) -> datetime:
    """When the last failure that counts is forgotten."""
    handler = AxesProxyHandler.get_implementation()
    last = [
        attempt.attempt_time
        for attempts in handler.get_user_attempts(request, credentials)
        for attempt in attempts.order_by("-attempt_time")[:1]
    ]
    return max(last, default=now) + settings.AXES_COOLOFF_TIME
