"""The numbers of the ads: what was spent, on what, and what came of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Actor, actor_of
from connections.models import Connection
from connections.screen import SignedInRequest, show
from projects.forms import AdsForm
from projects.models import DailyMetric
from projects.numbers.daily import Day, chart, daily
from projects.numbers.differences import Cell, cells
from projects.numbers.held import Held, held
from projects.numbers.levels import LEVELS, Level
from projects.numbers.matched import Matched, match
from projects.numbers.metrics import METRICS
from projects.numbers.months import Month, monthly
from projects.numbers.names import name_parents
from projects.numbers.periods import COMPARISONS, PERIODS
from projects.numbers.question import Question
from projects.numbers.rows import SORTS, Row, count, page_of_rows
from projects.numbers.statuses import Status, status
from projects.numbers.totals import Totals, totals
from projects.numbers.unattributed import unattributed

ROWS_A_PAGE = 50


@dataclass(frozen=True)
class Line:
    """A row of the table. below: the address of what it consists of."""

    row: Row
    status: Status | None
    cells: Sequence[Cell]
    below: str


@dataclass(frozen=True)
class Heading:
    """A column of the table, and where its heading leads: sorted by it, and the other way round the second time."""

    code: str
    word: str
    full_word: str
    direction: str
    address: str


@require_safe
def ads(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    actor = actor_of(request)
    accounts = accounts_of(actor)
    form = AdsForm(request.GET, accounts, now)
    context: dict[str, Any] = {"form": form, "accounts": accounts.values(), "periods": PERIODS, "levels": LEVELS}
    context["comparisons"] = COMPARISONS
    address = QueryDict(mutable=True)
    is_valid = form.is_valid()
    context["asked"] = form.cleaned_data
    if is_valid:
        address = form.address()
        context |= _answer(form, address, request.GET.get("page"))
    answer = show(request, "projects/ads.html", context, workspace=actor.home(), now=now)
    answer["HX-Push-Url"] = f"{reverse('ads')}?{address.urlencode()}".rstrip("?") if is_valid else "false"
    return answer


def accounts_of(actor: Actor) -> dict[UUID, Connection]:
    """Those that have numbers of days."""
    return {each.pk: each for each in actor.connections().order_by("name", "pk") if each.keeps_days}


def _answer(form: AdsForm, address: QueryDict, page: str | None) -> dict[str, Any]:
    question, asked = form.question(), form.cleaned_data
    ledger = held(question, asked["compare"])
    matched = match(question, ledger, asked["compare"], form.todays)
    sums = totals(question, matched)
    return {
        "question": question,
        "matched": matched,
        "address": address,
        "span": question.whole_span,
        "parents": name_parents(question),
        "levels": _levels(question),
        "unattributed": unattributed(question, form.todays),
        "totals": [(total, cells(total.recent, total.beside)) for total in sums.by_currency],
        **_held(ledger, sums.changed_at),
        **_daily(question, asked, sums, ledger, matched),
        **_table(question, asked, address, sums, matched, page),
    }


def _levels(question: Question) -> list[Level]:
    """Those that can hold rows; below an ad set or a campaign only these."""
    asset_group = DailyMetric.Level.ASSET_GROUP
    shown = [level for level in LEVELS.values() if level.code != asset_group]
    if DailyMetric.objects.filter(level=asset_group, connection__in=question.connections).exists():
        shown.append(LEVELS[asset_group])
    return [level for level in shown if level.code != DailyMetric.Level.ACCOUNT or not _is_inside(question)]


def _is_inside(question: Question) -> bool:
    return bool(question.campaign or question.ad_set)


def _held(ledger: dict[UUID, Held], changed_at: Any) -> dict[str, Any]:
    found = [(each, changed_at.get(pk)) for pk, each in ledger.items()]
    return {"held": found, "incomplete": [each for each, _ in found if each.missing_count]}


def _daily(
    question: Question, asked: dict[str, Any], sums: Totals, ledger: dict[UUID, Held], matched: Matched | None
) -> dict[str, Any]:
    currencies = [total.currency for total in sums.by_currency]
    if not currencies:
        return {}
    currency = asked["currency"] if asked["currency"] in currencies else currencies[0]
    days = daily(question, currency, ledger.values(), matched)
    months = monthly(days) if asked["compare"] == "year" else []
    bars, line = METRICS[asked["bars"]], METRICS[asked["line"]]
    return {
        "currency": currency,
        "one_currency": currency if len(currencies) == 1 else "",
        "currencies": sorted(currencies),
        "metrics": METRICS.values(),
        "bars": bars,
        "line": line,
        "chosen": {bars.code, line.code, asked["sort"].lstrip("-")},
        "days": [(day, _cells(day)) for day in reversed(days)],
        "months": [(month, _cells(month)) for month in reversed(months)],
        "chart": chart(days, currency, bars, line),
    }


def _cells(its: Day | Month) -> list[Cell] | None:
    """None where it has not been read."""
    return None if its.sums is None else cells(its.sums, its.beside)


def _table(
    question: Question,
    asked: dict[str, Any],
    address: QueryDict,
    sums: Totals,
    matched: Matched | None,
    wanted: str | None,
) -> dict[str, Any]:
    if not sums.by_currency:
        return {}
    page: Page = Paginator(range(count(question, matched)), ROWS_A_PAGE).get_page(wanted)
    rows = page_of_rows(
        question,
        matched,
        sort=asked["sort"],
        several_currencies=len(sums.by_currency) > 1,
        first=max(page.start_index() - 1, 0),
        last=page.end_index(),
    )
    return {
        "page": page,
        "lines": [_line(row, question.level, address) for row in rows],
        "headings": [_heading(code, asked["sort"], address) for code in SORTS],
        "sorts": _sorts(asked["sort"]),
    }


def _line(row: Row, level: Level, address: QueryDict) -> Line:
    return Line(row, status(row.named.thing.status), cells(row.sums, row.beside), _below(row, level, address))


def _below(row: Row, level: Level, address: QueryDict) -> str:
    if not level.below:
        return ""
    its: dict[str, Any] = {"connection": row.named.connection.pk, "level": level.below}
    if level.code != DailyMetric.Level.ACCOUNT:
        its[level.code] = row.named.thing.external_id
    return link(address, **its, q=None)


def _heading(code: str, sort: str, address: QueryDict) -> Heading:
    metric = METRICS.get(code)
    now = {code: "ascending", f"-{code}": "descending"}.get(sort, "")
    falls_first = metric is not None
    falls = now == "ascending" if now else falls_first
    word, full_word = (metric.word, metric.full_word) if metric else (SORTS[code], SORTS[code])
    return Heading(code, word, full_word, now, link(address, sort=f"-{code}" if falls else code) + "#numbers")


def _sorts(sort: str) -> dict[str, str]:
    """For a narrow screen, where columns have no headings: the order that is wanted of each, and the present one."""
    usual = {f"-{code}" if code in METRICS else code: word for code, word in SORTS.items()}
    return usual | ({} if sort in usual else {sort: f"{SORTS[sort.lstrip('-')]}, the other way round"})


def link(address: QueryDict, **changes: Any) -> str:
    """The same page with some filters changed, from its first row on. None takes a filter away."""
    query = address.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None and str(value) != AdsForm.USUAL.get(name):
            query[name] = str(value)
    return f"{reverse('ads')}?{query.urlencode()}".rstrip("?")
