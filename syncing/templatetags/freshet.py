"""How pages say times, amounts and icons."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.numbers.exact import WITHOUT_CENTS, in_full
from syncing.status.dates import days
from syncing.status.freshness import paced, relative, spoken
from syncing.status.outcomes import counted

register = template.Library()
register.filter("counted", counted)
register.filter("days", days)
register.filter("spoken", spoken)
register.filter("paced", paced)

THIN = "\u202f"
"""Groups the digits of a number, and never breaks a line."""

MINUS = "\u2212"
DASH = "\u2013"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A drawing beside words, which say it all: hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/tabler-icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def ago(
    context: dict[str, Any], moment: datetime | None, missing: str = "never", focus: bool = True, short: bool = False
) -> SafeString:
    """A time tag: "2 minutes ago", the exact time on hover and focus. focus=False inside a link or a button.

    short: "2 min ago".
    """
    if not moment:  # a template gives an empty text for what is not there
        return format_html("{}", missing)
    words = relative(moment, context["now"])
    return format_html(
        '<time class="ago" datetime="{}" title="{}" data-ago="{}"{}{}>{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact(moment),
        "short" if short else "",
        SafeString(" data-ahead") if moment > context["now"] else "",
        SafeString(' tabindex="0"') if focus else "",
        shortened(words) if short else words,
    )


@register.simple_tag
def at(moment: datetime) -> SafeString:
    """A time tag that says the moment itself, in the workspace's time: "Mon 23 Nov, 04:17 CET"."""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact(moment),
        f"{local:%a %-d %b, %H:%M %Z}",
    )


@register.simple_tag(takes_context=True)
def clock(context: dict[str, Any], moment: datetime) -> SafeString:
    """A time tag: "14:20", with its date where it is not today; the exact time on hover and focus."""
    local, today = timezone.localtime(moment), timezone.localtime(context["now"]).date()
    words = f"{local:%H:%M}" if local.date() == today else f"{local:%-d %b, %H:%M}"
    return format_html(
        '<time class="ago" datetime="{}" title="{}" tabindex="0">{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact(moment),
        words,
    )


def shortened(words: str) -> str:
    """2 min ago, 5 sec ago; longer times in whole words."""
    return re.sub(r"(min|sec)(ute|ond)s?", r"\1", words)


def exact(moment: datetime) -> str:
    """The workspace's time first, then UTC."""
    local, utc = timezone.localtime(moment), moment.astimezone(UTC)
    here = "" if timezone.get_current_timezone_name() == "UTC" else f"{local:%-d %b %Y, %H:%M:%S %Z} · "
    return f"{here}{utc:%-d %b %Y, %H:%M:%S} UTC"


@register.filter
def grouped(number: Decimal | float | None, places: int = 0) -> str:
    """12 345 or, with places, 12 345.60, with thin spaces; a dash for no number."""
    return DASH if number is None else f"{number:,.{places}f}".replace(",", THIN)


@register.filter
def upto(number: Decimal | float | None, places: int = 2) -> str:
    """A number without needless zeros behind its point."""
    text = grouped(number, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def money(micros: float | None, currency: str = "") -> str:
    if micros is None:
        return DASH
    places = 0 if currency in WITHOUT_CENTS else 2
    amount = grouped(Decimal(micros) / 1_000_000, places)
    return f"{currency}\u00a0{amount}" if currency else amount


@register.filter
def to_the_micro(micros: int, currency: str = "") -> str:
    """Without its currency, which the table says."""
    return in_full(micros, currency).removeprefix(f"{currency} ").replace(",", THIN).replace("-", MINUS)


@register.filter
def about(micros: int | None, currency: str = "") -> str:
    """Money for a headline: without cents where these are less than a thousandth of it."""
    if micros is None or abs(micros) < 1_000_000_000:
        return money(micros, currency)
    return f"{currency}\u00a0{grouped(Decimal(micros) / 1_000_000)}".lstrip("\u00a0")


@register.filter
def duration(seconds: float | None) -> str:
    """0.4 s, 12 s, 3 min 5 s, 2 h 4 min: the two largest units, none of them zero."""
    if seconds is None:
        return DASH
    if 0 < seconds < 10:
        return f"{upto(seconds, 1)} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    said = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(said[:2]) or "0 s"


@register.filter
def roughly(seconds: float) -> str:
    """A length of time that nobody knows exactly: 20 seconds, 4 minutes, 1 h 10 min."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute" if seconds > 40 else f"{max(10, round(seconds / 10) * 10)} seconds"
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours, rest = divmod(round(minutes / 10) * 10, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


@register.filter
def in_words(name: str) -> str:
    """ad_sets as people write it."""
    return name.replace("_", " ")


@register.filter
def change_since(now: Decimal | int, before: Decimal | int) -> float | None:
    """By how many percent a number moved; none where there was nothing to compare with."""
    return float(100 * (now - before) / before) if before else None
