"""How pages say times, amounts and icons."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

THIN = "\u202f"
"""Groups the digits of a number, and never breaks a line."""

DASH = "\u2013"
STEPS = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
WITHOUT_CENTS = frozenset({"CLP", "HUF", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})


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
def ago(context: dict[str, Any], moment: datetime | None, missing: str = "never", focus: bool = True) -> SafeString:
    """A time tag: "2 minutes ago", the exact time on hover and focus. focus=False inside a link or a button."""
    if not moment:  # a template gives an empty text for what is not there
        return format_html("{}", missing)
    return format_html(
        '<time class="ago" datetime="{}" title="{}" data-ago{}>{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact(moment),
        SafeString(' tabindex="0"') if focus else "",
        relative(moment, context["now"]),
    )


def relative(moment: datetime, now: datetime) -> str:
    """static/js/freshet.js says the same words as time goes on."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 5:
        return "just now"
    unit, length = next((unit, length) for unit, length in STEPS if abs(seconds) >= length)
    number = abs(seconds) // length
    words = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


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
def about(micros: int | None, currency: str = "") -> str:
    """Money for a headline: without cents where these are less than a thousandth of it."""
    if micros is None or abs(micros) < 1_000_000_000:
        return money(micros, currency)
    return f"{currency}\u00a0{grouped(Decimal(micros) / 1_000_000)}".lstrip("\u00a0")


@register.filter
def days(first: date, last: date) -> str:
    """24 to 30 Aug 2026: each part of a date said once where both share it."""
    if first == last:
        return f"{last:%-d %b %Y}"
    shared = "%-d %b %Y" if first.year != last.year else "%-d %b" if first.month != last.month else "%-d"
    return f"{first:{shared}} to {last:%-d %b %Y}"


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
def change_since(now: Decimal | int, before: Decimal | int) -> float | None:
    """By how many percent a number moved; none where there was nothing to compare with."""
    return float(100 * (now - before) / before) if before else None
