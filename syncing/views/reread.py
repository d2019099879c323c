"""Have a range of days read again: say what it will take, then do it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections.access import Role, actor_of, allowed_connection
from connections.screen import SignedInRequest, show
from syncing import actions
from syncing.scheduler import NotRunnable
from syncing.scope import Scope
from syncing.status import ranges
from syncing.status.ranges import Choice
from syncing.status.streams import object_types
from syncing.views.actions import DEGRADED

A_WEEK = timedelta(days=6)
JOINED = "A sync of this account runs already: these days are read with it or after it."
NO_DATE = "A date, please."
NO_TYPE = "Choose at least one object type."


class RangeForm(forms.Form):
    """streams: names of object types. Days are the account's own."""

    since = forms.DateField(label="From", error_messages={"required": NO_DATE, "invalid": NO_DATE})
    until = forms.DateField(label="To", error_messages={"required": NO_DATE, "invalid": NO_DATE})

    def __init__(self, choices: list[Choice], oldest: date, today: date, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.oldest, self.today = oldest, today
        self.fields["streams"] = forms.MultipleChoiceField(
            choices=[(each.name, each.label) for each in choices], error_messages={"required": NO_TYPE}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and since < self.oldest:
            self.add_error("since", f"The provider keeps numbers of this account since {self.oldest:%-d %B %Y}.")
        if until and until > self.today:
            self.add_error("until", f"It is {self.today:%-d %B %Y} in the account’s time zone.")
        if since and until and since > until:
            self.add_error("since", "The first day is after the last one.")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def reread(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    choices = ranges.choices(connection, object_types())
    if not choices:
        raise Http404
    today = now.astimezone(connection.zone).date()
    oldest = ranges.oldest(connection, today)
    asked = request.POST if request.method == "POST" else request.GET
    usual = {
        "streams": asked.getlist("streams") or [each.name for each in choices if each.is_enabled],
        "since": max(oldest, today - A_WEEK),
        "until": today,
    }
    form = RangeForm(choices, oldest, today, asked if "since" in asked else None, initial=usual)
    plan = None
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if request.method == "POST":
            scope = Scope(tuple(wanted["streams"]), wanted["since"], wanted["until"])
            try:
                started = actions.sync_now(connection, actor, now=now, scope=scope)
            except NotRunnable as refusal:
                form.add_error(None, f"{refusal.sentence} {refusal.remedy}")
            else:
                if started.deduplicated:
                    messages.info(request, JOINED)
                if started.degraded:
                    messages.warning(request, DEGRADED)
                return redirect("job", started.job.pk)
        plan = ranges.plan(connection, wanted["streams"], wanted["since"], wanted["until"])
    context = {"connection": connection, "choices": choices, "form": form, "plan": plan}
    context["days"] = [form["since"], form["until"]]
    return show(request, "syncing/range.html", context, workspace=connection.workspace, now=now)
