"""Forms about logins and accounts: their fields follow from what a source declares."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from connections.asking import MOST_ACCOUNTS
from connections.frequencies import CHOICES, Choice
from connections.models import Connection, Workspace
from connections.sources import LONGEST_NAME, LONGEST_TYPED, AccountChoice, FormField, Source


class PastedText(forms.Textarea):
    """Of several lines. As of a password, what was sent is never written into a page again."""

    input_type = "pasted"


class LoginForm(forms.Form):
    """A login at a provider, pasted. Secrets are never written into a page again."""

    def __init__(self, source: type[Source], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._declared = source.credential_fields
        for declared in self._declared:
            self.fields[declared.name] = field_for(declared)

    @property
    def login_fields(self) -> list[forms.BoundField]:
        return [self[declared.name] for declared in self._declared]

    @property
    def secrets(self) -> dict[str, str]:
        return {declared.name: self.cleaned_data[declared.name] for declared in self._declared}


class NewLoginForm(LoginForm):
    """workspace: where the accounts will belong. Asked only of who may choose."""

    def __init__(self, source: type[Source], workspaces: QuerySet[Workspace], *args: Any, **options: Any) -> None:
        super().__init__(source, *args, **options)
        first = workspaces.first()
        self.workspaces = forms.ModelChoiceField(workspaces, label="Workspace", empty_label=None, initial=first)
        self.fields["workspace"] = self.workspaces

    @property
    def asks_for_workspace(self) -> bool:
        return len(self.workspaces.choices) > 1  # type: ignore[arg-type]


class ReconnectForm(LoginForm):
    """others: which of those that share the old login get the new one too."""

    def __init__(self, source: type[Source], sharing: QuerySet[Connection], *args: Any, **options: Any) -> None:
        super().__init__(source, *args, **options)
        self.sharing = list(sharing)
        self.fields["others"] = forms.ModelMultipleChoiceField(sharing, required=False)

    @property
    def ticked(self) -> set[str]:
        """All of them, until somebody has unticked some."""
        if not self.is_bound:
            return {str(connection.pk) for connection in self.sharing}
        return set(self["others"].value() or ())


class AccountsForm(forms.Form):
    """accounts: picked from the list. typed: the id of one that is not in it."""

    typed = forms.CharField(required=False, max_length=LONGEST_TYPED, label="The account's id")

    def __init__(self, choices: Sequence[AccountChoice], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        open_ids = [choice.account.external_id for choice in choices if not choice.refusal]
        self.fields["accounts"] = forms.MultipleChoiceField(choices=[(each, each) for each in open_ids], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get("typed") or ""
        picked = dict.fromkeys([*cleaned.get("accounts", ()), *([typed] if typed else ())])
        if not picked and not self.errors:
            raise forms.ValidationError("Pick at least one account, or type an id.")
        if len(picked) > MOST_ACCOUNTS:
            raise forms.ValidationError(f"Pick at most {MOST_ACCOUNTS} at a time, and come back for the others.")
        return cleaned | {"picked": list(picked)}


class OptionsForm(forms.Form):
    """What can be chosen about the connections of a provider."""

    def __init__(self, source: type[Source], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for declared in source.option_fields:
            self.fields[declared.name] = field_for(declared)

    @property
    def chosen(self) -> dict[str, str]:
        """Without those that were left empty: they keep what they have."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class NewConnectionForm(OptionsForm):
    """The options, and how often a new connection is read: as its source deserves, unless somebody says otherwise."""

    frequency = forms.ChoiceField(choices=[(each.value, each.label) for each in CHOICES], required=False)

    def __init__(self, source: type[Source], *args: Any, **options: Any) -> None:
        super().__init__(source, *args, **options)
        self._usual = source.default_frequency

    def clean_frequency(self) -> str:
        return self.cleaned_data["frequency"] or self._usual

    @property
    def frequencies(self) -> list[tuple[Choice, bool]]:
        """Each with whether it is the chosen one."""
        chosen = self["frequency"].value() or self._usual
        return [(each, each.value == chosen) for each in CHOICES]

    @property
    def option_inputs(self) -> list[forms.BoundField]:
        return [field for field in self if field.name != "frequency"]

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in super().chosen.items() if name != "frequency"}


class DetailsForm(OptionsForm):
    """The name of a connection, and its options."""

    def __init__(self, source: type[Source], *args: Any, **options: Any) -> None:
        super().__init__(source, *args, **options)
        name = forms.CharField(max_length=LONGEST_NAME, label="Name")
        self.fields = {"name": name, **self.fields}

    @property
    def option_values(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "name"}


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to. An empty form that was sent is not the same as none."""
    return request.POST if request.method == "POST" else None


def field_for(declared: FormField) -> forms.Field:
    field = _field(declared)
    field.help_url = declared.help_url  # type: ignore[attr-defined]  # templates take what they find
    return field


def _field(declared: FormField) -> forms.Field:
    common: dict[str, Any] = {
        "label": declared.label,
        "required": declared.required,
        "help_text": declared.help_text,
        "error_messages": {"required": f"{declared.label}: this is needed."},
    }
    if declared.choices:
        empty = () if declared.required else (("", "–"),)
        return forms.ChoiceField(choices=[*empty, *declared.choices], **common)
    if declared.is_long:
        common["widget"] = PastedText()
    elif declared.secret:
        common["widget"] = forms.PasswordInput(render_value=False)
    return forms.CharField(max_length=declared.longest, validators=validators_of(declared), **common)


def validators_of(declared: FormField) -> list[RegexValidator]:
    """Of pages and API alike."""
    return [RegexValidator(rf"\A(?:{declared.pattern})\Z", declared.mistake)] if declared.pattern else []
