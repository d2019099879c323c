"""Which days of each stream have been read, and which are missing."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from connections import registry
from connections.api.bodies import query
from connections.api.endpoint import Endpoint
from connections.api.pages import Page, PageQuery, Pages, paged
from connections.api.schema import READING, describe
from projects.numbers.agreement import agreements
from syncing.api import examples
from syncing.status.gaps import looked_at, proofs, runs_read


class GapOut(serializers.Serializer[Any]):
    """Both days belong to it."""

    since = serializers.DateField()
    until = serializers.DateField()
    days = serializers.IntegerField()


class DriftOut(serializers.Serializer[Any]):
    """A day on which the stored rows add up to something else than the stored total. In millionths of the account's
    currency; difference: the sum less the total, so below nothing where rows are missing."""

    date = serializers.DateField()
    total_micros = serializers.IntegerField(source="total")
    sum_micros = serializers.IntegerField(source="summed")
    difference_micros = serializers.IntegerField(source="difference")


class CoverageOut(serializers.Serializer[Any]):
    """One stream of one connection. since, until: the days that should have been read, in the account's time zone, as
    far as they were asked for; null while there is none. complete: no gap. Today is not over, and never missing.

    totals_compared: on how many of the days its rows could be compared with the account's totals; null where they need
    not add up. drift: the days on which they do not."""

    connection = serializers.UUIDField(source="connection.pk")
    stream = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    days = serializers.IntegerField()
    read = serializers.IntegerField()
    missing = serializers.IntegerField()
    complete = serializers.BooleanField(source="is_whole")
    sentence = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    gaps = serializers.SerializerMethodField()
    totals_compared = serializers.IntegerField(source="agreement.days", default=None, allow_null=True)
    totals_sentence = serializers.CharField(allow_blank=True)
    drift = DriftOut(source="drifts", many=True)

    @extend_schema_field(GapOut(many=True))
    def get_gaps(self, proof: Any) -> list[dict[str, Any]]:
        gaps = [{"since": since, "until": until, "days": (until - since).days + 1} for since, until in proof.gaps]
        return list(GapOut(gaps, many=True).data)


class CoveragePage(Page):
    results = CoverageOut(many=True)


class CoverageQuery(PageQuery):
    """stream: by days, such as account_metrics. since, until: look at these days only. page_size: connections."""

    connection = serializers.UUIDField(required=False)
    stream = serializers.CharField(required=False, max_length=40)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)

    def validate_stream(self, name: str) -> str:
        sources = (registry.source_class(kind) for kind in registry.SOURCES)
        known = sorted({stream.name for source in sources for stream in source.streams if stream.cursor_field})
        if name not in known:
            raise ValidationError(f"There is no such stream by days. Known are: {', '.join(known)}.")
        return name

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("since") and asked.get("until") and asked["since"] > asked["until"]:
            raise ValidationError({"since": ["The first day is after the last day. Exchange them."]})
        return asked


class CoverageOfConnections(Endpoint):
    @describe(
        "coverage_list",
        "Whether a day is missing: the gaps of each stream, proven by one query",
        {200: ("Connections oldest first, each with its streams.", CoveragePage)},
        query=[CoverageQuery],
        problems=(*READING, 400, 404),
        examples=[examples.COVERAGE],
    )
    def get(self, request: Request) -> Response:
        asked = query(request, CoverageQuery)
        rows = self.actor.connections()
        if "connection" in asked:
            rows = rows.filter(pk=asked["connection"])
        pages = Pages("created_at", "id")
        found = paged(pages, looked_at(rows), request)
        span = (asked.get("since"), asked.get("until"))
        now = timezone.now()
        read, agreed = runs_read([connection.pk for connection in found]), agreements(found, now, span)
        its = proofs(found, read, now, stream=asked.get("stream", ""), span=span, agreed=agreed)
        return Response(pages.answer(CoverageOut(its, many=True).data))
