"""What may be asked of the creators' pages, and what is wrong with a question or an answer?"""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from projects.creators.actions import Answer
from projects.creators.answers import Seen
from projects.creators.arranging import Arrangement
from projects.creators.cells import EVERYWHERE, RULES, SHOWN
from projects.creators.merging import Policy
from projects.creators.readings import LARGEST, METRICS, Side
from projects.forms import choice, text

SORTS = {"account": "Account", **{metric: metric.capitalize() for metric in SHOWN}}
SORT_CODES = ["", *SORTS, *(f"-{code}" for code in SORTS)]
AS_PROJECT = "project"
INCOMPLETE = "This answer is not complete. Reload the page, then try again."
MARK = re.compile(
    r"(?P<account>[0-9]{1,18})\.(?P<metric>[a-z]+)\.(?P<epoch>[0-9]{1,9})\.(?P<sheet>[0-9]{0,19})\.(?P<platform>[0-9]{0,19})"
)
"""A question, as it was on the page."""

MOST_AT_ONCE = 100
LARGEST_FACTOR, LARGEST_FLOOR = 1_000, 1_000_000_000


class AccountsForm(forms.Form):
    """The filters of the list and of its export. Every one may be left out."""

    q = text("search", 100)
    project = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST,
        error_messages=dict.fromkeys(("invalid", "max_value", "min_value"), "There is no such project."),
    )
    platform = text("platform", 30)
    asks = forms.BooleanField(required=False)
    gone = forms.BooleanField(required=False)
    sort = choice("column to sort by", SORT_CODES, "")

    def sentences(self) -> list[str]:
        return [str(sentence) for sentences in self.errors.values() for sentence in sentences]

    def address(self) -> QueryDict:
        """What makes the same page again."""
        found = QueryDict(mutable=True)
        for name, value in self.cleaned_data.items():
            if value:
                found[name] = "1" if value is True else str(value)
        return found


class AnswerForm(forms.Form):
    """answer: the side whose number is accepted, or person where one is typed. epoch, sheet, platform: as they were on
    the page."""

    metric = choice("count", METRICS, "")
    answer = choice("answer", Side, "")
    epoch = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    sheet = forms.IntegerField(required=False, max_value=LARGEST)
    platform = forms.IntegerField(required=False, max_value=LARGEST)
    value = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if self.errors or not (asked["metric"] and asked["answer"]) or asked["epoch"] is None:
            raise forms.ValidationError(INCOMPLETE)
        if asked["answer"] == Side.PERSON:
            asked["value"] = count_of(asked["value"])
        return asked

    def given(self) -> Answer:
        asked, side = self.cleaned_data, Side(self.cleaned_data["answer"])
        said = None if side is Side.PERSON else asked[side.value]
        value = asked["value"] if side is Side.PERSON else None
        return Answer(asked["metric"], side, Seen(asked["epoch"], said), value)


def count_of(typed: str) -> int:
    """12 500, 12,500, 12'500 and 12500 are the same. Raises ValidationError."""
    digits = re.sub(r"[\s\u00a0\u202f,'’]", "", typed)
    if not digits:
        raise forms.ValidationError("No number was typed. Nothing was changed.")
    if not re.fullmatch(r"[0-9]{1,19}", digits) or int(digits) > LARGEST:
        raise forms.ValidationError(f"“{typed}” is not a whole number. Type digits only, such as 12500.")
    return int(digits)


class RuleForm(forms.Form):
    metric = choice("count", METRICS, "")
    policy = choice("rule", [AS_PROJECT, *Policy], "")

    def clean(self) -> dict[str, Any]:
        if self.errors or not (self.cleaned_data["metric"] and self.cleaned_data["policy"]):
            raise forms.ValidationError("There is no such rule. Choose one from the list.")
        return self.cleaned_data

    @property
    def policy_chosen(self) -> Policy | None:
        chosen = self.cleaned_data["policy"]
        return None if chosen == AS_PROJECT else Policy(chosen)


class AnswersForm(forms.Form):
    """The same answer to many questions."""

    answer = choice("answer", (Side.SHEET, Side.PLATFORM), "")

    def clean(self) -> dict[str, Any]:
        if self.errors or not self.cleaned_data["answer"]:
            raise forms.ValidationError(INCOMPLETE)
        return self.cleaned_data

    def given(self, asked: Sequence[str]) -> list[tuple[int, Answer]]:
        """asked: the marks of the questions, see Question.mark. By account. Raises ValidationError."""
        if len(asked) > MOST_AT_ONCE:
            raise forms.ValidationError(f"These are too many at once: {MOST_AT_ONCE} at most. Nothing was changed.")
        return [self._given(mark) for mark in asked]

    def _given(self, mark: str) -> tuple[int, Answer]:
        found = MARK.fullmatch(mark)
        if found is None or found["metric"] not in METRICS:
            raise forms.ValidationError(INCOMPLETE)
        side = Side(self.cleaned_data["answer"])
        said = int(found[side.value]) if found[side.value] else None
        return int(found["account"]), Answer(found["metric"], side, Seen(int(found["epoch"]), said))


class ArrangementForm(forms.Form):
    """The settings of one project. seen: as they were on the page."""

    spike_factor = forms.IntegerField(
        label="A rise is sudden from",
        min_value=0,
        max_value=LARGEST_FACTOR,
        help_text="times the number before. 0 holds nothing back.",
    )
    spike_floor = forms.IntegerField(
        label="and at least",
        min_value=0,
        max_value=LARGEST_FLOOR,
        help_text="more than the number before. Smaller rises are never held.",
    )
    is_active = forms.BooleanField(label="Active", required=False)
    seen = forms.CharField(max_length=200, widget=forms.HiddenInput)

    def __init__(self, stands: Arrangement, data: QueryDict | None = None) -> None:
        initial: dict[str, Any] = {"spike_factor": stands.spike_factor, "spike_floor": stands.spike_floor}
        initial |= {"is_active": stands.is_active, "seen": stands.mark}
        initial |= {metric: stands.policies[metric].value for metric in METRICS}
        super().__init__(data, initial=initial)
        for metric in EVERYWHERE:
            self.fields[metric] = forms.ChoiceField(
                label=metric.capitalize(), choices=[(each.value, word) for each, word in RULES.items()]
            )

    @property
    def rules(self) -> list[forms.BoundField]:
        return [self[metric] for metric in EVERYWHERE]

    @property
    def guards(self) -> list[forms.BoundField]:
        return [self["spike_factor"], self["spike_floor"]]

    @property
    def wanted(self) -> Arrangement:
        asked = self.cleaned_data
        policies = {metric: Policy(asked[metric]) for metric in METRICS}
        return Arrangement(policies, asked["spike_factor"], asked["spike_floor"], asked["is_active"])
