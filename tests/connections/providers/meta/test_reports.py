"""A slice of many rows is read by a report that Meta makes in its own time; whatever becomes of it is understood."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, TooMuchData, Transient
from connections.providers.meta import reports
from connections.providers.meta.errors import PageTooBig
from connections.sources import Page, Slice
from tests.connections.providers.meta.reading import NOW, TOKEN, RememberingGate, source_at
from tests.connections.providers.meta.scripted_server import Raw, ScriptedServer, as_json, fault, scripted

IDS = tuple(str(number) for number in range(120_001, 120_057))
LARGE = Slice(since=date(2025, 12, 1), until=date(2026, 2, 28), ids=IDS)
"""56 ads on 90 days: 5,040 rows."""
STARTED = as_json({"report_run_id": "777"})
ROW = {"ad_id": "120001", "impressions": "5", "spend": "1.5", "date_start": "2026-02-01", "date_stop": "2026-02-01"}


def status(says: str, percent: int = 0, **error: Any) -> Raw:
    told = {"async_status": f"Job {says}", "async_percent_completion": percent}
    return as_json({"id": "777", **told, **{f"error_{name}": value for name, value in error.items()}})


COMPLETED = status("Completed", 100)


def rows(*days: str, more: str = "") -> Raw:
    data = [{**ROW, "date_start": day, "date_stop": day} for day in days]
    return as_json({"data": data, "paging": {"next": more} if more else {}})


@dataclass
class Looks:
    """What a runner does, without its database: look, keep the checkpoint, come again later."""

    url: str
    stream: str = "ad_metrics"
    piece: Slice = LARGE
    now: datetime = NOW
    checkpoint: Any = None
    pages: list[Page] = field(default_factory=list)
    gate: RememberingGate = field(default_factory=RememberingGate)

    def look(self) -> list[Page]:
        """One visit. Its pages are kept also where it ends with an error."""
        source = source_at(self.url, gate=self.gate, now=lambda: self.now)
        seen: list[Page] = []
        for page in source.read(source.stream(self.stream), self.piece, self.checkpoint):
            self.checkpoint = page.checkpoint and json.loads(json.dumps(page.checkpoint))
            seen.append(page)
            self.pages.append(page)
            if page.again_after:
                break
        return seen

    def until_done(self, most: int = 20) -> "Looks":
        for _ in range(most):
            last = self.look()[-1]
            if last.again_after is None:
                return self
            self.now += last.again_after
        pytest.fail("it never ends")

    @property
    def dates(self) -> list[str]:
        return [str(record["date"]) for page in self.pages for record in page.records]


def asked(server: ScriptedServer) -> list[str]:
    return [f"{each.method} {each.path.removeprefix('/v26.0/')}" for each in server.asked]


POST, LOOK, READ = "POST act_42/insights", "GET 777/", "GET 777/insights"


# Which slices


@pytest.mark.parametrize(
    ("stream", "piece", "method"),
    [
        ("ad_metrics", LARGE, "POST"),
        ("adset_metrics", LARGE, "POST"),
        ("campaign_metrics", LARGE, "POST"),
        ("ad_metrics", Slice(LARGE.since, LARGE.until, IDS[:55]), "GET"),
        ("ad_metrics", Slice(LARGE.since, LARGE.until), "GET"),
        ("account_metrics", Slice(date(2023, 3, 1), date(2026, 3, 1)), "GET"),
    ],
)
def test_more_than_5000_rows_are_read_by_a_report(stream: str, piece: Slice, method: str) -> None:
    with scripted(STARTED if method == "POST" else as_json({"data": []})) as server:
        Looks(server.url, stream, piece).look()
    assert [each.method for each in server.asked] == [method]


def test_how_many_rows_are_many_is_a_setting() -> None:
    week = Slice(date(2026, 3, 1), date(2026, 3, 7))
    with scripted(STARTED) as server:
        source = source_at(server.url, report_rows=6)
        (page,) = source.read(source.stream("account_metrics"), week, None)
    assert page.again_after
    assert asked(server) == [POST]


def test_a_slice_that_was_begun_page_by_page_goes_on_so() -> None:
    with scripted(as_json({"data": []})) as server:
        Looks(server.url, checkpoint={"page": {"after": "x"}, "limit": 500}).look()
    assert asked(server) == ["GET act_42/insights"]


# The way it goes


@pytest.mark.spec("T48", "A22")
def test_it_is_asked_for_once_looked_at_until_it_is_done_and_read_by_its_pages() -> None:
    more = "https://graph.facebook.com/v26.0/777/insights?access_token=x&limit=500&after=MjQZD"
    answers = [STARTED, status("Not Started"), status("Started"), status("Running", 40), status("Running", 100)]
    answers += [status("Completed", 99), COMPLETED, rows("2026-02-01", more=more), rows("2026-02-02")]
    with scripted(*answers) as server:
        looks = Looks(server.url).until_done()
    assert asked(server) == [POST, *[LOOK] * 6, READ, READ]
    assert server.asked[-1].params["after"] == "MjQZD"
    assert looks.dates == ["2026-02-01", "2026-02-02"]
    assert [page.again_after for page in looks.pages] == [timedelta(seconds=10)] * 6 + [None, None]
    assert [page.is_first for page in looks.pages] == [False] * 6 + [True, False]
    assert len(looks.gate.calls) == len(server.asked), "a call has passed the gate uncounted"


def test_the_question_is_a_form_with_a_list_of_fields() -> None:
    with scripted(STARTED) as server:
        Looks(server.url).look()
    params = server.asked[0].params
    assert json.loads(params["fields"])[:4] == ["campaign_id", "adset_id", "ad_id", "date_start"]
    assert json.loads(params["time_range"]) == {"since": "2025-12-01", "until": "2026-02-28"}
    assert json.loads(params["filtering"]) == [{"field": "ad.id", "operator": "IN", "value": list(IDS)}]
    assert (params["level"], params["time_increment"]) == ("ad", "1")


def test_its_rows_are_as_old_as_the_request_for_it() -> None:
    """So that a newer number, which another sync has read meanwhile, stays."""
    with scripted(STARTED, status("Running", 10), COMPLETED, rows("2026-02-01")) as server:
        looks = Looks(server.url).until_done()
    assert looks.now == NOW + timedelta(seconds=20)
    assert looks.pages[-1].fetched_at == NOW


def test_a_place_in_its_rows_is_gone_on_from() -> None:
    more = "https://graph.facebook.com/v26.0/777/insights?after=MjQZD"
    with scripted(STARTED, COMPLETED, rows("2026-02-01", more=more), fault(2), rows("2026-02-02")) as server:
        looks = Looks(server.url)
        looks.look()
        with pytest.raises(Transient):
            looks.look()
        looks.look()
    assert asked(server) == [POST, LOOK, READ, READ, READ]
    assert looks.dates == ["2026-02-01", "2026-02-02"]


def test_pages_of_it_become_smaller_where_meta_asks_for_it() -> None:
    smaller = fault(1, status=500, message="Please reduce the amount of data you're asking for, then retry")
    with scripted(STARTED, COMPLETED, smaller, rows("2026-02-01")) as server:
        assert Looks(server.url).until_done().dates == ["2026-02-01"]
    assert [each.params["limit"] for each in server.asked[2:]] == ["500", "250"]


def test_a_field_that_meta_removed_is_left_out() -> None:
    with scripted(fault(100, message="(#100) reach is not valid for fields param. please check"), STARTED) as server:
        Looks(server.url).look()
    assert "reach" in server.asked[0].params["fields"]
    assert "reach" not in server.asked[1].params["fields"]


def test_a_field_that_we_need_is_not_left_out() -> None:
    with scripted(fault(100, message="(#100) spend is not valid for fields param. please check")) as server:
        with pytest.raises(Misconfigured, match="spend"):
            Looks(server.url).look()
        assert len(server.asked) == 1


# How it ends badly


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (status("Failed"), Transient, "Meta could not finish the report."),
        (status("Failed", 0, code=0), Transient, "Meta could not finish the report."),
        (status("Skipped"), Transient, "Meta skipped the report."),
        (status("Failed", 0, code=-2, subcode=2490547), Transient, "Meta could not finish the report."),
        (status("Failed", 0, code=2), Transient, "could not answer"),
        (status("Failed", 0, code=987654), Transient, "does not know"),
        (status("Failed", 0, code=100, subcode=1487534), TooMuchData, "more data than Meta gives"),
        (status("Failed", 0, code=2, subcode=1504038), TooMuchData, "too long"),
        (status("Failed", 0, code=1, message="Please reduce the amount of data"), PageTooBig, "smaller"),
        (status("Failed", 0, code=190, subcode=460), NeedsReconnect, "password"),
        (status("Failed", 0, code=3018), Misconfigured, "37 months"),
    ],
)
def test_a_failed_report_says_why_and_the_next_try_asks_for_another(told: Raw, kind: Any, words: str) -> None:
    with scripted(STARTED, told, STARTED, COMPLETED, rows("2026-02-01")) as server:
        looks = Looks(server.url)
        looks.look()
        with pytest.raises(kind, match=words):
            looks.look()
        assert looks.until_done().dates == ["2026-02-01"]
    assert asked(server) == [POST, LOOK, POST, LOOK, READ]


def test_a_report_that_failed_by_a_limit_parks_its_bucket() -> None:
    with scripted(STARTED, status("Failed", 0, code=80000, message="Too many calls")) as server:
        looks = Looks(server.url)
        looks.look()
        with pytest.raises(RateLimited) as caught:
            looks.look()
    assert (caught.value.scope, caught.value.retry_at) == ("act_42", NOW + timedelta(seconds=60))
    assert looks.gate.blocked_seconds == {"act_42": 60}


def test_the_words_for_people_are_kept() -> None:
    told = {"code": 100, "message": "Invalid", "user_title": "Too Much Data", "user_msg": "Choose less."}
    with scripted(STARTED, status("Failed", 0, **told)) as server:
        looks = Looks(server.url)
        looks.look()
        with pytest.raises(Misconfigured) as caught:
            looks.look()
    assert caught.value.original == "Invalid - Too Much Data - Choose less."


def test_an_error_that_echoes_the_token_is_scrubbed() -> None:
    echo = f"Malformed {TOKEN}, see /me?access_token={TOKEN}"
    for told in (status("Failed", 0, code=2, message=echo), status("Failed", 0, message=echo)):
        with scripted(STARTED, told) as server:
            looks = Looks(server.url)
            looks.look()
            with pytest.raises(SyncError) as caught:
                looks.look()
        assert "secret" not in f"{vars(caught.value)} {looks.checkpoint}"
        assert "Malformed [removed]" in caught.value.original


def test_too_much_may_be_said_at_once() -> None:
    with scripted(fault(100, 1487534)) as server, pytest.raises(TooMuchData):
        Looks(server.url).look()


@pytest.mark.parametrize("answer", [{}, {"report_run_id": None}, {"report_run_id": "../me"}, {"report_run_id": "٣"}])
def test_an_answer_without_a_report_is_no_report(answer: dict[str, Any]) -> None:
    with scripted(as_json(answer)) as server:
        with pytest.raises(Transient, match="which report"):
            Looks(server.url).look()
        assert len(server.asked) == 1


# How it never ends


def test_one_that_is_not_done_within_an_hour_is_asked_for_once_more_and_then_it_is_an_error() -> None:
    running = status("Running", 100)
    with scripted(STARTED, running, running, STARTED, running, STARTED) as server:
        looks = Looks(server.url)
        looks.look()
        looks.now += timedelta(minutes=59, seconds=50)
        looks.look()
        assert asked(server) == [POST, LOOK]
        looks.now += timedelta(seconds=10)
        looks.look()
        assert asked(server) == [POST, LOOK, LOOK, POST]
        looks.now += reports.LONGEST_WAIT
        with pytest.raises(Transient, match="within an hour"):
            looks.look()
        looks.look()
        assert asked(server)[4:] == [LOOK, POST]


def test_one_that_was_done_long_ago_is_read_all_the_same() -> None:
    with scripted(STARTED, COMPLETED, rows("2026-02-01")) as server:
        looks = Looks(server.url)
        looks.look()
        looks.now += timedelta(minutes=90)
        assert looks.until_done().dates == ["2026-02-01"]


@pytest.mark.parametrize("answer", [as_json({"id": "777"}), status("Reticulating"), as_json({"async_status": None})])
def test_a_state_that_nobody_knows_is_waited_for(answer: Raw) -> None:
    with scripted(STARTED, answer, COMPLETED, rows("2026-02-01")) as server:
        assert Looks(server.url).until_done().dates == ["2026-02-01"]


def test_one_that_is_not_known_yet_is_asked_for_again() -> None:
    with scripted(STARTED, fault(100, 33), fault(100, 33), COMPLETED, rows("2026-02-01")) as server:
        assert Looks(server.url).until_done().dates == ["2026-02-01"]
    assert asked(server) == [POST, LOOK, LOOK, LOOK, READ]


def test_one_that_vanishes_is_asked_for_once_more_and_then_it_is_an_error() -> None:
    with scripted(STARTED, *[fault(100, 33)] * 3, STARTED, *[fault(100, 33)] * 3, STARTED) as server:
        looks = Looks(server.url)
        with pytest.raises(Transient, match="no longer knows"):
            looks.until_done()
        assert asked(server) == [POST, *[LOOK] * 3, POST, *[LOOK] * 3]
        looks.look()
        assert asked(server)[-1] == POST


def test_one_that_vanishes_while_it_is_read_begins_anew() -> None:
    more = "https://graph.facebook.com/v26.0/777/insights?after=MjQZD"
    answers = [STARTED, COMPLETED, rows("2026-02-01", more=more), *[fault(100, 33)] * 3]
    with scripted(*answers, STARTED, COMPLETED, rows("2026-02-01"), rows("2026-02-02")) as server:
        looks = Looks(server.url).until_done()
    assert asked(server)[:6] == [POST, LOOK, READ, READ, LOOK, LOOK]
    assert asked(server)[6:] == [POST, LOOK, READ]
    assert looks.pages[-1].is_first


def test_an_account_that_is_gone_is_told_from_a_report_that_is() -> None:
    with scripted(fault(100, 33)) as server, pytest.raises(Misconfigured, match="does not exist"):
        Looks(server.url).look()


def test_where_nobody_waits_it_is_looked_at_once_a_minute() -> None:
    with scripted(STARTED) as server:
        source = source_at(server.url, scheduled=True)
        (page,) = source.read(source.stream("ad_metrics"), LARGE, None)
    assert page.again_after == timedelta(seconds=60)
