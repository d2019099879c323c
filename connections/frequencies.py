"""The paces that a person may choose from, and for which account each of them is good."""

from dataclasses import dataclass

MANUAL = "manual"


@dataclass(frozen=True)
class Choice:
    """label: in the list of choices. meaning: what happens. good_for: which accounts it suits. afterwards: the pace as
    the end of a sentence."""

    value: str
    label: str
    meaning: str
    good_for: str
    afterwards: str


CHOICES = (
    Choice(
        MANUAL,
        "Manual",
        "No automated sync (you click Sync now).",
        "Testing, low-traffic accounts.",
        "it waits for Sync now",
    ),
    Choice(
        "realtime",
        "Realtime",
        "Syncs every 30 seconds, as far as the provider's limits allow.",
        "High-spend accounts ($10k+/day).",
        "it syncs every 30 seconds",
    ),
    Choice(
        "30min",
        "Every 30 min",
        "Syncs every 30 minutes.",
        "Medium-spend accounts ($1k-10k/day).",
        "it syncs every 30 minutes",
    ),
    Choice("hourly", "Hourly", "Syncs every hour.", "Standard accounts ($100-1k/day).", "it syncs every hour"),
    Choice("daily", "Daily", "Syncs once per day.", "Low-spend accounts (<$100/day).", "it syncs once per day"),
    Choice(
        "smart",
        "Smart",
        "Syncs each object type at its own interval.",
        "Accounts whose parts change at different speeds.",
        "each of its object types syncs at its own interval",
    ),
)


def choice(value: str) -> Choice:
    """Raises LookupError for what is none."""
    found = next((each for each in CHOICES if each.value == value), None)
    if found is None:
        raise LookupError(f"There is no frequency called {value!r}.")
    return found
