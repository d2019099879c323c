"""What is asked: of which accounts, at which level, on which days, and which rows only."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.models import Connection
from projects.models import DailyMetric
from projects.numbers.levels import Level
from projects.numbers.periods import Span


@dataclass(frozen=True)
class Question:
    """spans: of each connection, because the days are those of its own time zone. campaign, ad_set: only below it."""

    connections: Mapping[UUID, Connection]
    level: Level
    spans: Mapping[UUID, Span]
    search: str = ""
    campaign: str = ""
    ad_set: str = ""

    @property
    def whole_span(self) -> Span | None:
        """From the first day of any account to the last of any; None without accounts."""
        spans = self.spans.values()
        return Span(min(each.since for each in spans), max(each.until for each in spans)) if spans else None

    @property
    def account(self) -> Connection | None:
        """The one that is asked about; None where there are several."""
        return next(iter(self.connections.values())) if len(self.connections) == 1 else None

    def metrics(self) -> QuerySet[DailyMetric]:
        """The rows of any day."""
        found = DailyMetric.objects.filter(level=self.level.code)
        if self.campaign:
            found = found.filter(self._of("campaign", self.campaign))
        if self.ad_set:
            found = found.filter(self._of("ad_set", self.ad_set))
        return found.filter(self._named()) if self.search else found

    def days(self) -> Q:
        """The days asked for."""
        return self._days(self.spans)

    def days_beside(self, compare: str) -> Q:
        """Those that they are compared with."""
        return self._days({pk: span.beside(compare) for pk, span in self.spans.items()})

    def _days(self, spans: Mapping[UUID, Span]) -> Q:
        by_span = defaultdict(list)
        for pk in self.connections:
            by_span[spans[pk]].append(pk)
        return days_of(by_span)

    def of_currency(self, currency: str) -> Q:
        """A row without a currency has its account's."""
        accounts = [pk for pk, connection in self.connections.items() if connection.currency == currency]
        return Q(currency=currency) | Q(currency="", connection__in=accounts)

    def _of(self, parent: str, external_id: str) -> Q:
        """Rows of the parent itself or below it. Where the numbers name no parent, the structure may know it."""
        if self.level.code == parent:
            return Q(external_id=external_id)
        said = Q(**{f"{parent}_id": external_id})
        if self.level.model is None:
            return said
        return said | (Q(**{f"{parent}_id": ""}) & self._structure(Q(**{f"{parent}_id": external_id})))

    def _named(self) -> Q:
        exactly = Q(external_id=self.search)
        if self.level.code == DailyMetric.Level.ACCOUNT:
            words = self.search.casefold()
            return exactly | Q(
                connection__in=[pk for pk, it in self.connections.items() if words in it.name.casefold()]
            )
        return exactly | self._structure(Q(name__icontains=self.search)) if self.level.model else exactly

    def _structure(self, condition: Q) -> Q:
        assert self.level.model is not None
        its = Q(connection=OuterRef("connection"), external_id=OuterRef("external_id"))
        return Q(Exists(self.level.model._default_manager.filter(its & condition)))


def days_of(by_span: Mapping[Span, Collection[UUID]]) -> Q:
    """Accounts that share their days share a condition."""
    found = Q(pk__in=[])
    for span, pks in by_span.items():
        found |= Q(connection__in=pks, date__gte=span.since, date__lte=span.until)
    return found
