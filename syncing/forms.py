"""The figures of all object types in one form, which is saved as a whole or not at all."""

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.datastructures import MultiValueDict

from syncing import tuning
from syncing.models import ObjectSyncConfig
from syncing.models.config import RANGES
from syncing.tuning import FIELDS, LABELS, Move, Values
from syncing.wakeups import QUEUES

if TYPE_CHECKING:  # Django's own class takes no type argument while running
    ModelForm = forms.ModelForm[ObjectSyncConfig]
else:
    from django.forms import ModelForm

NUMBERS = tuple(RANGES)
CHECKBOXES = ("is_sync_enabled", "cascade_sync")
NO_NUMBER = "A whole number, please."


class IntervalForm(ModelForm):
    """One object type. What somebody else has changed since the page was made stays, unless it was changed here too:
    that is said, and only saving once more overwrites it."""

    class Meta:
        model = ObjectSyncConfig
        fields = FIELDS

    def __init__(self, config: ObjectSyncConfig, data: MultiValueDict[str, Any] | None = None) -> None:
        self.now = {name: _text(getattr(config, name)) for name in FIELDS}
        prefix = f"{config.provider}.{config.object_type}"
        shown = data.get(f"{prefix}-seen") if data is not None else None
        self.overtaken: dict[str, str] = {}
        if data is None or shown is None:
            super().__init__(instance=config, prefix=prefix)
        else:
            super().__init__(self._on_top(data, prefix, shown), instance=config, prefix=prefix)
        self._describe(config)

    def _on_top(self, data: MultiValueDict[str, Any], prefix: str, shown: str) -> dict[str, Any]:
        """What was typed, on top of what is stored by now."""
        seen = dict(zip(FIELDS, shown.split(), strict=False))
        found = {}
        for name in FIELDS:
            sent = data.get(f"{prefix}-{name}")
            typed = ("1" if sent else "0") if name in CHECKBOXES else (sent or "").strip()
            if typed == seen.get(name):
                typed = self.now[name]
            elif seen.get(name) != self.now[name] and typed != self.now[name]:
                self.overtaken[name] = self.now[name]
            found[f"{prefix}-{name}"] = "" if typed == "0" and name in CHECKBOXES else typed
        return found

    def _describe(self, config: ObjectSyncConfig) -> None:
        for name, field in self.fields.items():
            field.label = LABELS[name]
            field.required = name not in CHECKBOXES
            field.error_messages |= {"invalid": NO_NUMBER, "required": NO_NUMBER}
        for name in NUMBERS:
            least, most, _ = RANGES[name]
            number = forms.IntegerField(label=LABELS[name], error_messages=self.fields[name].error_messages)
            number.widget.attrs |= {"min": least, "max": most}
            self.fields[name] = number
        queues = dict.fromkeys([*QUEUES, config.queue])
        self.fields["queue"] = forms.ChoiceField(label=LABELS["queue"], choices=[(each, each) for each in queues])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, stored in self.overtaken.items():
            said = tuning.word(name, stored == "1" if name in CHECKBOXES else stored)
            self.add_error(name, f"Somebody else set it to {said} meanwhile. Save again to have it as it stands here.")
        return cleaned

    @property
    def seen(self) -> str:
        """What the page shows as stored: sent back with the form."""
        return " ".join(self.now[name] for name in FIELDS)

    @property
    def values(self) -> Values:
        """What is to be stored."""
        return {name: self.cleaned_data[name] for name in FIELDS} if self.is_bound else {}

    @property
    def has_hidden_errors(self) -> bool:
        """In the part that is folded away."""
        return any(name in self.errors for name in FIELDS[4:])


class Sheet:
    """The forms of all object types. data: what was sent; a type of which nothing was sent stays as it is."""

    def __init__(self, configs: Iterable[ObjectSyncConfig], data: MultiValueDict[str, Any] | None = None) -> None:
        self.stored = list(configs)
        self.rows = [IntervalForm(copy(config), data) for config in self.stored]

    def is_valid(self) -> bool:
        return all(not row.is_bound or row.is_valid() for row in self.rows)

    @property
    def mistakes(self) -> list[tuple[str, str, str]]:
        """Of which object type, the id of the field, and the sentence."""
        return [
            (row.instance.display_name, str(row[name].id_for_label), str(row.errors[name][0]))
            for row in self.rows
            if row.is_bound
            for name in FIELDS
            if name in row.errors
        ]

    @property
    def typed(self) -> list[ObjectSyncConfig]:
        """As they would be, of a valid sheet. Not stored."""
        return [row.instance for row in self.rows]

    @property
    def moves(self) -> list[Move]:
        """Of a valid sheet."""
        values = {row.instance.pk: row.values for row in self.rows}
        return tuning.moves(self.stored, lambda config: values[config.pk])


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
