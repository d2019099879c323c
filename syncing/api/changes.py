"""The restatement log: every value that differed from what was held, before and after."""

from datetime import UTC, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import one_of, query
from connections.api.endpoint import Endpoint
from connections.api.pages import Page, PageQuery, page
from connections.api.schema import READING, describe
from projects.models import Change
from projects.tables import TABLES
from syncing.api import examples

RECENTLY = timedelta(days=1)


class ChangeOut(serializers.Serializer[Any]):
    """One field of one row. date: the day of the numbers, null for what belongs to none. key: the row within its
    table; of numbers the level and the external id. before, after: money in millionths; null: there was no value."""

    id = serializers.IntegerField()
    connection = serializers.UUIDField(source="connection_id")
    table = serializers.CharField()
    key = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    field = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    seen_at = serializers.DateTimeField(default_timezone=UTC)
    job_id = serializers.UUIDField(allow_null=True)


class ChangePage(Page):
    results = ChangeOut(many=True)


class ChangeQuery(PageQuery):
    """since, until: days of the numbers. seen_since: changes seen from this moment on; without a connection only those
    of the last 24 hours are listed unless it is given. field: its name, such as spend_micros."""

    connection = serializers.UUIDField(required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    seen_since = serializers.DateTimeField(required=False, default_timezone=UTC)
    table = one_of(sorted(TABLES), required=False)
    field = serializers.CharField(required=False, max_length=60)
    key = serializers.CharField(required=False, max_length=200)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("since") and asked.get("until") and asked["since"] > asked["until"]:
            raise ValidationError({"since": ["The first day is after the last day. Exchange them."]})
        return asked


NAMED = {"connection": "connection", "since": "date__gte", "until": "date__lte", "seen_since": "seen_at__gte"}
NAMED |= {"table": "table", "field": "field", "key": "key"}


class Changes(Endpoint):
    @describe(
        "changes_list",
        "What changed of what was held, before and after",
        {200: ("Newest first: in the order in which they were written.", ChangePage)},
        query=[ChangeQuery],
        problems=(*READING, 400, 404),
        examples=[examples.CHANGE],
    )
    def get(self, request: Request) -> Response:
        return Response(page(request, self._rows(query(request, ChangeQuery)), "-id", shape=ChangeOut))

    def _rows(self, asked: dict[str, Any]) -> QuerySet[Change]:
        """Of one connection an index leads through all of them; of several, through the newest of each."""
        if "connection" not in asked:
            asked.setdefault("seen_since", timezone.now() - RECENTLY)
        rows = Change.objects.filter(connection__in=self.actor.connections())
        return rows.filter(**{NAMED[name]: asked[name] for name in NAMED if name in asked})
