"""Mails about syncs: who hears of what, once, and over a real connection to a mail server that may be away."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, Credential, Membership
from syncing import mail, periodic
from syncing.models import ConnectionSync, Mail, SyncJob
from tests.fixtures.engine import MakeAccount, Watch, bare_job, change, drain, enqueue, sync, together
from tests.fixtures.people import make_person
from tests.fixtures.plain import TOKEN
from tests.fixtures.post_office import PostOffice, plain

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def dora(account: Connection) -> User:
    """She wants to hear of everything."""
    return listener("dora", account, "all")


def listener(name: str, account: Connection, choice: str) -> User:
    person = make_person(name, account.workspace, Membership.Role.VIEWER)
    Membership.objects.filter(user=person).update(mail=choice)
    return person


def written() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("kind", flat=True))


def fail(account: Connection, watch: Watch, kind: str = "misconfigured") -> SyncJob:
    change(account, errors=[{"kind": kind, "stream": "account_days"}])
    job = sync(account, watch)
    change(account, errors=[])
    return job


@pytest.mark.spec("T80")
def test_the_first_sync_is_told_and_the_next_one_is_not(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    sync(account, watch)
    assert mail.send_waiting(watch.now) == 1
    (letter,) = post_office.letters
    assert (letter["To"], letter["Subject"]) == ("dora@example.com", f"{account.name}: your recent data is ready")
    assert f"https://freshet.example.com/connections/{account.pk}/" in plain(letter)
    assert "https://freshet.example.com/account/mail/" in plain(letter)
    assert letter["List-Unsubscribe"] == "<https://freshet.example.com/account/mail/>"
    html: Any = letter
    assert account.name in html.get_body(("html",)).get_content()
    watch.move(hours=1)
    sync(account, watch)
    assert mail.send_waiting(watch.now) == 0
    assert len(post_office.letters) == 1


@pytest.mark.spec("T80")
def test_each_phase_is_told_once(account: Connection, dora: User, watch: Watch, post_office: PostOffice) -> None:
    for phase, lane in (("recent_90_days", "sync"), ("historical_backfill", "backfill"), ("recent_90_days", "sync")):
        bare_job(account, chunks=1, sync_phase=phase, lane=lane)
        drain(watch)
    assert written() == ["recent_ready", "history_complete"]
    mail.send_waiting(watch.now)
    assert "Historical data is syncing in the background." in post_office.texts()[0]
    assert post_office.letters[1]["Subject"] == f"{account.name}: historical data sync complete"


def test_a_phase_that_a_later_job_completes_is_told_too(account: Connection, dora: User, watch: Watch) -> None:
    job = bare_job(account, chunks=1, lane="backfill", sync_type="range")
    drain(watch)
    assert written() == []
    ConnectionSync.objects.filter(connection=account).update(phase_2_completed_at=watch.now)
    mail.tell(SyncJob.objects.get(pk=job.pk), watch.now)
    assert written() == ["history_complete"]


def test_a_failure_is_told_once_and_so_is_its_end(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    sync(account, watch)
    for _ in range(3):
        watch.move(hours=2)
        job = fail(account, watch)
    assert job.status == "completed_with_failures"
    assert written() == ["recent_ready", "failed"]
    watch.move(hours=2)
    sync(account, watch)
    assert written() == ["recent_ready", "failed", "recovered"]
    mail.send_waiting(watch.now)
    failed = post_office.letters[1]
    assert failed["Subject"] == f"{account.name}: a sync did not end well"
    assert "Trouble: misconfigured." in plain(failed)
    assert "What to do: Wait." in plain(failed)
    assert f"/jobs/{Mail.objects.get(kind='failed').job_id}/" in plain(failed)
    assert TOKEN not in str(post_office.letters)
    assert post_office.letters[2]["Subject"] == f"{account.name}: syncs work again"


def test_one_that_fails_and_works_by_turns_is_told_of_once_an_hour(
    account: Connection, dora: User, watch: Watch
) -> None:
    sync(account, watch)
    for _ in range(5):
        watch.move(minutes=2)
        fail(account, watch)
        sync(account, watch)
    assert written() == ["recent_ready", "failed", "recovered"]
    watch.move(hours=1)
    fail(account, watch)
    assert written()[-1] == "failed"


def test_a_dead_login_is_told_also_where_a_failure_was(account: Connection, dora: User, watch: Watch) -> None:
    fail(account, watch)
    watch.move(minutes=5)
    fail(account, watch, "reconnect")
    assert Credential.objects.get(pk=account.credential_id).needs_reconnect
    assert written() == ["failed", "needs_reconnect"]


def test_each_hears_what_they_chose_and_nobody_else_does(account: Connection, watch: Watch, charlie: User) -> None:
    people = {choice: listener(choice, account, choice) for choice in Membership.Mail.values}
    Membership.objects.filter(user=charlie).update(mail="all")
    User.objects.create(username="nobody")
    sync(account, watch)
    watch.move(hours=1)
    fail(account, watch)
    heard = {
        name: list(Mail.objects.filter(user=person).values_list("kind", flat=True)) for name, person in people.items()
    }
    assert heard == {
        "never": [],
        "failures": ["failed"],
        "completion": ["recent_ready"],
        "all": ["recent_ready", "failed"],
    }
    assert not Mail.objects.filter(user=charlie).exists()


def test_where_no_mail_is_sent_none_is_written(account: Connection, dora: User, watch: Watch, settings: Any) -> None:
    settings.SENDS_MAIL = False
    sync(account, watch)
    assert written() == []


@pytest.mark.parametrize("why", ["switched off", "left", "deactivated", "no address", "removed"])
def test_what_nobody_wants_any_more_is_not_sent(
    why: str, account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    sync(account, watch)
    if why == "switched off":
        Membership.objects.filter(user=dora).update(mail="never")
    elif why == "left":
        Membership.objects.filter(user=dora).delete()
    elif why == "removed":
        Connection.objects.filter(pk=account.pk).update(removed_at=watch.now)
    else:
        User.objects.filter(pk=dora.pk).update(**({"email": ""} if why == "no address" else {"is_active": False}))
    assert mail.send_waiting(watch.now) == 0
    assert post_office.letters == []
    assert not Mail.objects.waiting().exists()
    assert not Mail.objects.given_up().exists()


# A mail server that is away


def test_it_is_tried_again_later_and_later_and_given_up_after_a_day(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice, settings: Any
) -> None:
    settings.EMAIL_PORT = 1
    sync(account, watch)
    began, waits = watch.now, []
    while Mail.objects.waiting().exists():
        mail.send_waiting(watch.now)
        row = Mail.objects.get()
        waits.append(round((row.send_at - watch.now).total_seconds() / 60))
        watch.now = max(row.send_at, watch.now + timedelta(seconds=1))
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert row.given_up_at
    assert timedelta(hours=23) <= row.given_up_at - began <= timedelta(hours=24)
    assert row.last_error.startswith("ConnectionRefusedError")
    assert list(Mail.objects.given_up()) == [row]
    settings.EMAIL_PORT = post_office.port
    assert mail.send_waiting(watch.move(hours=1)) == 0


def test_what_it_would_not_take_at_once_it_gets_later(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    post_office.refuses.append("451 come again")
    sync(account, watch)
    assert mail.send_waiting(watch.now) == 0
    assert mail.send_waiting(watch.move(seconds=59)) == 0
    assert mail.send_waiting(watch.move(seconds=1)) == 1
    assert len(post_office.letters) == 1


def test_a_server_that_is_away_is_asked_once_for_all_of_them(
    account: Connection, watch: Watch, post_office: PostOffice, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_PORT = 1
    for number in range(3):
        listener(f"person-{number}", account, "all")
    sync(account, watch)
    mail.send_waiting(watch.now)
    assert set(Mail.objects.values_list("attempts", "send_at")) == {(1, watch.now + timedelta(minutes=1))}
    assert sum("mail postponed" in record.getMessage() for record in caplog.records) == 3


def test_the_same_mail_has_the_same_id_also_when_its_sender_died_before_saying_so(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    sync(account, watch)
    mail.send_waiting(watch.now)
    Mail.objects.update(sent_at=None, send_at=watch.now + timedelta(minutes=10))
    assert mail.send_waiting(watch.move(minutes=9)) == 0
    assert mail.send_waiting(watch.move(minutes=1)) == 1
    assert len({letter["Message-ID"] for letter in post_office.letters}) == 1


def test_a_job_that_is_taken_back_takes_its_mails_along(
    account: Connection, dora: User, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are rows of the same transaction: a crash before its end leaves neither."""
    enqueue(account)
    monkeypatch.setattr("syncing.ending._record_coverage", lambda *_: None)
    monkeypatch.setattr("syncing.ending.log.info", die_when("job ended"))
    with pytest.raises(SystemExit):
        drain(watch)
    assert not SyncJob.objects.exclude(closed_at=None).exists()
    assert not Mail.objects.exists()


def die_when(what: str) -> Any:
    def say(event: str, **_: Any) -> None:
        if event == what:
            raise SystemExit

    return say


@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_it_once(make_account: MakeAccount, watch: Watch, post_office: PostOffice) -> None:
    account = make_account()
    listener("dora", account, "all")
    sync(account, watch)
    assert sum(together(lambda _: mail.send_waiting(watch.now), range(4))) == 1
    assert len(post_office.letters) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sweep_sends_them(account: Connection, dora: User, watch: Watch, post_office: PostOffice) -> None:
    sync(account, watch)
    periodic.sweep()
    assert [letter["To"] for letter in post_office.letters] == ["dora@example.com"]


def test_names_from_outside_break_no_header(
    account: Connection, dora: User, watch: Watch, post_office: PostOffice
) -> None:
    Connection.objects.filter(pk=account.pk).update(name="Bad\r\nBcc: x@example.com <b>")
    sync(account, watch)
    mail.send_waiting(watch.now)
    (letter,) = post_office.letters
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Bad Bcc: x@example.com <b>")
    html: Any = letter
    assert "&lt;b&gt;" in html.get_body(("html",)).get_content()
