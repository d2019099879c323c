"""Which days are asked for? Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
LAST_DAYS = {"7": 7, "28": 28, "90": 90}
PERIODS = {
    "7": "Last 7 days",
    "28": "Last 28 days",
    "90": "Last 90 days",
    "this_month": "This month",
    "last_month": "Last month",
    "custom": "Chosen days",
}
USUAL_PERIOD = "28"
COMPARISONS = {"none": "Nothing", "before": "The days before", "year": "Last year"}


@dataclass(frozen=True, order=True)
class Span:
    """Days in a row, the first and the last included."""

    since: date
    until: date

    @property
    def length(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Span":
        """The equally long one that ends the day before."""
        return Span(self.since - self.length * DAY, self.since - DAY)

    @property
    def year_before(self) -> "Span":
        """The same dates a year earlier. Begun or ended on a 29 February it is a day shorter, and may be empty."""
        since = a_year_before(self.since) or date(self.since.year - 1, 3, 1)
        until = a_year_before(self.until) or date(self.until.year - 1, 2, 28)
        return Span(since, until)

    def beside(self, compare: str) -> "Span":
        return self.year_before if compare == "year" else self.before

    def pairs(self, compare: str) -> list[tuple[date, date]]:
        """Each day with the one it is compared with. 29 February is left out, whichever of the years it is in."""
        if compare == "year":
            return [(day, then) for day in self.days() if (then := a_year_before(day))]
        return list(zip(self.days(), self.before.days(), strict=True))

    def days(self) -> list[date]:
        return [self.since + number * DAY for number in range(self.length)]

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until


def a_year_before(day: date) -> date | None:
    """The same date; none for 29 February, because the year before a leap year has no such day."""
    return None if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def span(period: str, today: date) -> Span:
    """The days of a named period, as things stand today."""
    if period == "this_month":
        return Span(today.replace(day=1), today)
    if period == "last_month":
        last = today.replace(day=1) - DAY
        return Span(last.replace(day=1), last)
    return Span(today - (LAST_DAYS[period] - 1) * DAY, today)


def custom_span(since: date | None, until: date | None, today: date) -> Span:
    """What is left out is filled in: until today, and as long as the usual period. No day of the future."""
    last = min(until or today, today)
    days_before = min((LAST_DAYS[USUAL_PERIOD] - 1) * DAY, last - date.min)  # before the first year there is no date
    return Span(since or last - days_before, last)
