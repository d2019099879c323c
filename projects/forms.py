"""What may be asked of the numbers, and what is wrong with a question?"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import Http404, QueryDict

from connections.models import Connection
from projects.numbers.levels import LEVELS, USUAL_LEVEL
from projects.numbers.metrics import METRICS
from projects.numbers.periods import COMPARISONS, PERIODS, USUAL_PERIOD, Span, custom_span, span
from projects.numbers.question import Question
from projects.numbers.rows import SORTS, USUAL_SORT

FIRST_DAY = date(2000, 1, 1)
MOST_DAYS = 3 * 366
SORT_CODES = [*SORTS, *(f"-{code}" for code in SORTS)]


def choice(what: str, codes: Any, usual: str) -> forms.ChoiceField:
    """One of a few words; the usual one where none is given."""
    sentence = f"There is no such {what}. Choose one from the list."
    return forms.ChoiceField(
        choices=[(code, code) for code in codes],
        required=False,
        initial=usual,
        error_messages={"invalid_choice": sentence},
    )


def day(which: str) -> forms.DateField:
    sentence = f"The {which} day is not a date. Write it as year, month and day: 2026-01-31."
    return forms.DateField(required=False, input_formats=["%Y-%m-%d"], error_messages={"invalid": sentence})


def text(what: str, most: int) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=most,
        error_messages={"max_length": f"The {what} is too long: {most} characters at most."},
    )


class AdsForm(forms.Form):
    """The filters of the page of numbers and of its export. Every one may be left out."""

    USUAL: ClassVar[dict[str, str]] = {
        "level": USUAL_LEVEL,
        "period": USUAL_PERIOD,
        "sort": USUAL_SORT,
        "bars": "spend",
        "line": "conversions",
        "by": "total",
        "compare": "none",
    }

    connection = forms.UUIDField(required=False, error_messages={"invalid": "There is no such account."})
    level = choice("level", LEVELS, USUAL["level"])
    period = choice("period", PERIODS, USUAL["period"])
    since = day("first")
    until = day("last")
    q = text("search", 200)
    campaign = text("campaign's id", 64)
    ad_set = text("ad set's id", 64)
    sort = choice("column to sort by", SORT_CODES, USUAL["sort"])
    currency = text("currency", 3)
    bars = choice("number", METRICS, USUAL["bars"])
    line = choice("number", METRICS, USUAL["line"])
    by = choice("kind of rows", ("total", "day"), USUAL["by"])
    compare = choice("comparison", COMPARISONS, USUAL["compare"])

    def __init__(self, data: QueryDict, accounts: Mapping[UUID, Connection], now: datetime) -> None:
        super().__init__(data)
        self.accounts = accounts
        self.todays = {pk: now.astimezone(connection.zone).date() for pk, connection in accounts.items()}
        self.today = max(self.todays.values(), default=now.date())

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = {name: self.cleaned_data.get(name) or usual for name, usual in self.USUAL.items()}
        asked = {**self.cleaned_data, **{name: value for name, value in asked.items() if name not in self.errors}}
        if asked.get("period") == "custom" and not self.errors.keys() & {"since", "until"}:
            days = custom_span(asked["since"], asked["until"], self.today)
            if sentence := self._wrong_with(days):
                raise forms.ValidationError(sentence)
            asked |= {"since": days.since, "until": days.until}
        return asked

    def _wrong_with(self, days: Span) -> str:
        if days.since > self.today:
            return "The first day is still to come. Choose today or a day before it."
        if days.since > days.until:
            return "The first day is after the last day. Exchange them."
        if days.since < FIRST_DAY:
            return f"The first day is too long ago. Choose one from {FIRST_DAY} on."
        return "That is too long: three years at most." if days.length > MOST_DAYS else ""

    def sentences(self) -> list[str]:
        return [str(sentence) for sentences in self.errors.values() for sentence in sentences]

    def question(self) -> Question:
        """Raises Http404 for an account that this person does not see."""
        asked = self.cleaned_data
        if asked["connection"] and asked["connection"] not in self.accounts:
            raise Http404
        accounts = {asked["connection"]: self.accounts[asked["connection"]]} if asked["connection"] else self.accounts
        return Question(
            connections=accounts,
            level=LEVELS[asked["level"]],
            spans={pk: self._span(self.todays[pk]) for pk in accounts},
            search=asked["q"],
            campaign=asked["campaign"],
            ad_set=asked["ad_set"],
        )

    def _span(self, today: date) -> Span:
        asked = self.cleaned_data
        if asked["period"] == "custom":
            return Span(asked["since"], asked["until"])
        return span(asked["period"], today)

    def address(self) -> QueryDict:
        """What makes the same page again: everything that is not as usual."""
        found = QueryDict(mutable=True)
        for name, value in self.cleaned_data.items():
            is_day = name in ("since", "until")
            if value and value != self.USUAL.get(name) and (not is_day or self.cleaned_data["period"] == "custom"):
                found[name] = str(value)
        return found
