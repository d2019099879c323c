"""Do the settings make sense together? What is missing or malformed has ended the start already."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from config.doctor.finding import Finding, ok, warning, wrong

SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5
SHORTEST_CRON_TOKEN = 20
LOCAL = ("localhost", "127.0.0.1", "[::1]")


def settings_make_sense(now: datetime) -> Iterator[Finding]:
    mode = "production" if settings.PRODUCTION else "development"
    sync = "on" if settings.BACKGROUND_SYNC_ENABLED else "off, so nothing starts by itself"
    yield ok("Mode", f"{mode}; background sync is {sync}.")
    yield _secret_key()
    yield _address()
    if settings.PRODUCTION and settings.DEBUG:
        yield wrong("Debug", "DEBUG is on, and shows the insides of errors to strangers.", "Unset DEBUG.")
    for name, older in settings.OLDER_NAMES_IN_USE.items():
        yield warning("Settings", f"{name} is unset, and {older} is read in its place.", f"Rename {older} to {name}.")
    if any(len(token) < SHORTEST_CRON_TOKEN for token in settings.CRON_TOKENS):
        yield wrong("Cron", "A token of CRON_TOKENS is short enough to be guessed.", "Use 32 random characters.")


def _secret_key() -> Finding:
    key = settings.SECRET_KEY
    if len(key) >= SHORTEST_KEY and len(set(key)) >= FEWEST_CHARACTERS:
        return ok("Signing key", "SECRET_KEY is long enough.")
    said = f"SECRET_KEY is short or has few different characters: {SHORTEST_KEY} random ones are needed."
    level = wrong if settings.PRODUCTION else warning
    return level("Signing key", said, "Set a longer one. Everybody has to sign in again then.")


def _address() -> Finding:
    url = settings.PUBLIC_URL
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    if not settings.PRODUCTION:
        return ok("PUBLIC_URL", f"{url.partition('://')[0]}://{host}")
    if host.partition(":")[0] in LOCAL:
        remedy = "Set PUBLIC_URL to the address that people open."
        return wrong("PUBLIC_URL", f"{host} can be opened on this machine only.", remedy)
    if not url.startswith("https://"):
        remedy = "Put a proxy with a certificate in front, and set PUBLIC_URL to its https address."
        said = f"{host} is opened without TLS: passwords and numbers can be read on the way."
        return warning("PUBLIC_URL", said, remedy)
    return ok("PUBLIC_URL", f"https://{host}")
