"""How is a number written in a file, so that nothing of it is lost and no spreadsheet misreads it?"""

from decimal import Decimal

WITHOUT_CENTS = frozenset({"CLP", "HUF", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})


def in_full(micros: int, currency: str = "") -> str:
    """CHF 1.20 or CHF 0.000001: money of which nothing is rounded away."""
    amount = Decimal(micros).scaleb(-6)
    digits = f"{amount:f}".rstrip("0").partition(".")[2]
    usual = 0 if currency in WITHOUT_CENTS else 2
    return f"{currency} {amount:,.{max(usual, len(digits))}f}".lstrip()


def number(kind: str, value: Decimal | int | None) -> str:
    if value is None:
        return ""
    value = Decimal(value).scaleb(-6) if kind == "money" else Decimal(value)
    return exact(value)


def exact(value: Decimal | int | None) -> str:
    """With a point, without needless zeros, never as 1E+3. Rates that do not end are cut after six places."""
    if value is None:
        return ""
    value = Decimal(value)
    said = f"{value:.6f}" if value.as_tuple().exponent < -6 else f"{value:f}"  # type: ignore[operator]
    return said.rstrip("0").rstrip(".") if "." in said else said
