"""Fields follow from what a source declares; secrets never come back."""

from typing import Any, ClassVar

import pytest
from django.http import QueryDict

from connections.forms import AccountsForm, DetailsForm, LoginForm, NewLoginForm, OptionsForm, field_for
from connections.models import Workspace
from connections.sources import Account, AccountChoice, FormField
from tests.fixtures.plain import PlainSource

COLOURS = (("r", "Red"), ("g", "Green"))


class ChoosySource(PlainSource):
    credential_fields: ClassVar[Any] = (
        FormField("user", "User name", help_text="As you sign in there.", help_url="https://docs.example/"),
        FormField("password", "Password", secret=True),
    )
    option_fields: ClassVar[Any] = (
        FormField("colour", "Colour", choices=COLOURS),
        FormField("note", "Note", required=False),
    )


def test_a_login_has_the_declared_fields_in_their_order() -> None:
    form = LoginForm(ChoosySource, {"user": " anna ", "password": " pass word "})
    assert form.is_valid()
    assert form.secrets == {"user": "anna", "password": "pass word"}
    assert [field.label for field in form.login_fields] == ["User name", "Password"]
    assert form["user"].help_text == "As you sign in there."
    assert vars(form.fields["user"])["help_url"] == "https://docs.example/"


def test_a_secret_is_not_rendered_and_a_name_is() -> None:
    html = str(LoginForm(ChoosySource, {"user": "anna", "password": "canary"}))
    assert "anna" in html
    assert "canary" not in html


@pytest.mark.parametrize(
    ("declared", "value", "sentence"),
    [
        (FormField("a", "Token", secret=True), "", "Token: this is needed."),
        (FormField("a", "Token", secret=True), "x" * 4097, "at most 4096"),
        (FormField("a", "Token", secret=True), "x\0", "Null characters"),
        (FormField("a", "Note"), "x" * 201, "at most 200"),
        (FormField("a", "Note"), "x\0", "Null characters"),
        (FormField("a", "Colour", choices=COLOURS), "blue", "Select a valid choice"),
    ],
    ids=["nothing", "long secret", "NUL in a secret", "long option", "NUL in an option", "no such choice"],
)
def test_what_does_not_fit_is_refused(declared: FormField, value: str, sentence: str) -> None:
    field = field_for(declared)
    with pytest.raises(Exception, match=sentence):
        field.clean(value)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (FormField("a", "Token", secret=True), "x" * 4096),
        (FormField("a", "Note"), "x" * 200),
        (FormField("a", "Note", required=False), ""),
        (FormField("a", "Colour", choices=COLOURS), "g"),
        (FormField("a", "Colour", choices=COLOURS, required=False), ""),
    ],
    ids=["longest secret", "longest option", "nothing", "a choice", "no choice"],
)
def test_what_fits_is_taken(declared: FormField, value: str) -> None:
    assert field_for(declared).clean(value) == value


@pytest.mark.django_db
def test_a_workspace_is_one_of_those_that_are_offered() -> None:
    mine, other = (Workspace.objects.create(name=name) for name in ("Mine", "Other"))
    offered = Workspace.objects.filter(pk=mine.pk)
    good = NewLoginForm(ChoosySource, offered, {"user": "a", "password": "b", "workspace": mine.pk})
    assert good.is_valid()
    assert not good.asks_for_workspace
    bad = NewLoginForm(ChoosySource, offered, {"user": "a", "password": "b", "workspace": other.pk})
    assert not bad.is_valid()
    assert NewLoginForm(ChoosySource, Workspace.objects.all()).asks_for_workspace


def picked(*accounts: str, **fields: str) -> AccountsForm:
    data = QueryDict(mutable=True)
    data.setlist("accounts", list(accounts))
    data.update(fields)
    open_ones = [AccountChoice(Account(str(number))) for number in range(30)]
    return AccountsForm([*open_ones, AccountChoice(Account("shut"), "It is closed.")], data)


def test_accounts_are_picked_and_typed() -> None:
    form = picked("1", "2", typed=" 3 ")
    assert form.is_valid()
    assert form.cleaned_data["picked"] == ["1", "2", "3"]


def test_one_that_is_picked_and_typed_counts_once() -> None:
    form = picked("1", typed="1")
    assert form.is_valid()
    assert form.cleaned_data["picked"] == ["1"]


@pytest.mark.parametrize("accounts", [[], ["shut"], ["99"], [str(number) for number in range(21)]])
def test_what_cannot_be_picked(accounts: list[str]) -> None:
    assert not picked(*accounts).is_valid()


def test_twenty_are_not_too_many() -> None:
    assert picked(*map(str, range(20))).is_valid()


def test_options_that_were_left_empty_are_not_chosen() -> None:
    form = OptionsForm(ChoosySource, {"colour": "r", "note": "", "paused": "on"})
    assert form.is_valid()
    assert form.chosen == {"colour": "r"}


@pytest.mark.parametrize(("name", "fits"), [("", False), ("x" * 200, True), ("x" * 201, False), ("a\0b", False)])
def test_a_connection_has_a_name_that_fits(name: str, fits: bool) -> None:
    fields: dict[str, Any] = {"name": name, "colour": "g"}
    assert DetailsForm(ChoosySource, fields).is_valid() is fits


def test_an_option_can_be_emptied_again() -> None:
    form = DetailsForm(ChoosySource, {"name": "New", "colour": "g", "note": "", "is_sandbox": "on"})
    assert form.is_valid()
    assert form.option_values == {"colour": "g", "note": ""}
