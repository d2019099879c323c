"""`manage.py doctor`: what is wrong with an installation is found and comes with a remedy, and no secret is told."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from config import doctor
from config.doctor import Finding, Level, machine, providers
from connections.models import Connection, Credential, Membership
from connections.sandbox.server import SandboxServer
from syncing import periodic, scheduler
from syncing.models import (
    ConnectionSync,
    Mail,
    ObjectSyncConfig,
    SchedulerHeartbeat,
    SyncSchedule,
    WebhookMessage,
    WorkerHeartbeat,
)
from tests.fixtures.commands import Commands
from tests.fixtures.sandbox import BENCHES
from tests.fixtures.synced import KIND, SECRET, make_chunk, make_job
from tests.fixtures.workers import Broker

QUEUES = ["realtime", "sync", "parser", "backfill", "scheduler"]
CANARY = "canary-that-nobody-may-read"


def look(now: datetime) -> list[Finding]:
    return list(doctor.examine(now))


def found(name: str, now: datetime) -> list[Finding]:
    return [finding for finding in look(now) if finding.name == name]


def worst(findings: list[Finding]) -> Level:
    return max((each.level for each in findings), key=list(Level).index)


def of(text: str, now: datetime) -> Finding:
    """The only finding that says this."""
    (finding,) = [each for each in look(now) if text in each.sentence]
    return finding


@pytest.fixture
def well(db: None, sandbox: SandboxServer, broker: Broker, settings: Any, tmp_path: Path, now: datetime) -> None:
    """All of it as it should be."""
    settings.VAR_DIR = tmp_path
    settings.BACKGROUND_SYNC_ENABLED = True
    WorkerHeartbeat.objects.create(
        name="one:1",
        queues=QUEUES,
        slots=4,
        has_beat=True,
        started_at=now - timedelta(days=1),
        seen_at=now + timedelta(minutes=1),
    )
    for name in periodic.every_seconds():
        SchedulerHeartbeat.objects.create(name=name, ran_at=now)


def test_nothing_is_wrong_with_what_is_well(well: None, connection: Connection, now: datetime) -> None:
    assert [each for each in look(now) if each.level != Level.OK] == []
    names = {each.name for each in look(now)}
    wanted = "Mode,Signing key,Database,Migrations,Keys,Workers,Queues,Object types,Overdue work,Connections,Broker"
    assert set(wanted.split(",")) <= names
    assert {"Broker eviction", "Broker memory", "Disk", "Meta Ads (sandbox)"} <= names
    assert all(each.remedy == "" for each in look(now))


# The command


def test_the_command_tells_all_and_ends_with_1_where_something_is_wrong(
    transactional_db: None, commands: Commands, connection: Connection
) -> None:
    ran = commands.run("doctor", background_sync_enabled="false", redis_url="")
    assert (ran.code, "0 wrong" in ran.said) == (0, True)
    assert "ok       Keys: The newest key opens all of 1 stored login." in ran.said
    Credential.objects.update(needs_reconnect=True)
    ran = commands.run("doctor", background_sync_enabled="false", redis_url="")
    assert ran.code == 1
    assert "wrong    Connections: 1 of 1 connection need a new login: Alpine Outfitters CH." in ran.said
    assert "         What to do: Connect them again" in ran.said
    told = json.loads(commands.run("doctor", "--json", background_sync_enabled="false", redis_url="").said)
    assert told["counts"]["wrong"] == 1
    assert {"name", "level", "sentence", "remedy"} == set(told["findings"][0])


def test_an_empty_database_is_told_apart_from_a_broken_one(
    transactional_db: None, commands: Commands, tmp_path: Path
) -> None:
    ran = commands.run("doctor", database_url=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert ran.code == 1
    assert "to go, the first is" in ran.said
    assert "Run `manage.py migrate`." in ran.said
    assert "could not be looked at" not in ran.said
    assert "Mend the database first." in ran.said
    assert "Disk:" in ran.said


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_no_secret_is_told_also_where_everything_is_wrong(
    words: tuple[str, ...], transactional_db: None, commands: Commands, connection: Connection
) -> None:
    other_key = Fernet.generate_key().decode()
    at_work = {
        "secret_key": CANARY,
        "redis_url": f"redis://user:{CANARY}@127.0.0.1:1/0",
        "cron_tokens": CANARY[:12],
        "meta_app_secret": CANARY,
        "meta_access_token": CANARY,
        "meta_graph_url": f"http://user:{CANARY}@127.0.0.1:1",
        "meta_sandbox": "true",
    }
    unreachable = {"database_url": f"postgres://user:{CANARY}@127.0.0.1:1/name?connect_timeout=1"}
    for environment in (at_work, at_work | unreachable, at_work | {"token_encryption_keys": other_key}):
        ran = commands.run("doctor", *words, **environment)
        assert ran.code == 1
        for secret in (CANARY[:12], SECRET, other_key, *configured.TOKEN_ENCRYPTION_KEYS):
            assert secret not in ran.said + ran.logged


# Database and broker


def test_the_databases_kind_and_state_are_told(well: None, now: datetime) -> None:
    kind = "PostgreSQL" if database.vendor == "postgresql" else "SQLite"
    assert found("Database", now)[0].sentence.startswith(kind)
    assert found("Migrations", now)[0].sentence == "All are applied."
    if database.vendor == "postgresql":
        assert "lock_timeout 10s" in found("Database settings", now)[0].sentence
        assert "are in use" in found("Database connections", now)[0].sentence
        assert "The database's clock differs by 0." in found("Clock", now)[0].sentence


def test_many_writers_are_too_many_for_sqlite(well: None, now: datetime) -> None:
    assert found("SQLite", now) == []
    WorkerHeartbeat.objects.create(
        name="two:2", queues=QUEUES, slots=3, started_at=now, seen_at=now + timedelta(minutes=1)
    )
    warned = found("SQLite", now)
    if database.vendor == "sqlite":
        assert (warned[0].level, "2 workers with 7 slots" in warned[0].sentence) == (Level.WARNING, True)
    else:
        assert warned == []


@pytest.mark.spec("C41")
def test_a_broker_that_does_not_answer_is_wrong(well: None, broker: Broker, now: datetime) -> None:
    assert found("Broker", now)[0].sentence.startswith("The broker answers: Valkey")
    broker.stop()
    (finding,) = found("Broker", now)
    assert (finding.level, "does not answer" in finding.sentence) == (Level.WRONG, True)


def test_a_broker_that_throws_things_away_or_is_full_is_warned_of(well: None, broker: Broker, now: datetime) -> None:
    with broker.client() as client:
        client.config_set("maxmemory", 3_000_000)
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert "allkeys-lru" in found("Broker eviction", now)[0].sentence
        assert found("Broker eviction", now)[0].level == Level.WARNING
        client.config_set("maxmemory-policy", "noeviction")
        assert found("Broker eviction", now)[0].level == Level.OK
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 1000)
        assert found("Broker memory", now)[0].level == Level.WARNING


def test_without_background_sync_no_broker_and_no_worker_is_missed(well: None, now: datetime, settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED, settings.REDIS_URL = False, ""
    WorkerHeartbeat.objects.all().delete()
    SchedulerHeartbeat.objects.all().delete()
    assert [each for each in look(now) if each.level != Level.OK] == []


# Settings


@pytest.mark.parametrize(
    ("name", "value", "finding", "level"),
    [
        ("SECRET_KEY", "short", "Signing key", Level.WRONG),
        ("PUBLIC_URL", "http://localhost:8000", "PUBLIC_URL", Level.WRONG),
        ("PUBLIC_URL", "http://freshet.example.com", "PUBLIC_URL", Level.WARNING),
        ("PUBLIC_URL", "https://freshet.example.com", "PUBLIC_URL", Level.OK),
        ("DEBUG", True, "Debug", Level.WRONG),
        ("CRON_TOKENS", ["guess-me"], "Cron", Level.WRONG),
        ("OLDER_NAMES_IN_USE", {"SECRET_KEY": "JWT_SECRET"}, "Settings", Level.WARNING),
    ],
)
def test_in_production_settings_are_looked_at_harder(
    name: str, value: object, finding: str, level: Level, well: None, now: datetime, settings: Any
) -> None:
    settings.PRODUCTION = True
    setattr(settings, name, value)
    assert worst(found(finding, now)) == level


def test_a_look_that_fails_is_a_finding_and_stops_no_other(well: None, now: datetime, settings: Any) -> None:
    settings.VAR_DIR = None
    (finding,) = found("Disk", now)
    assert finding.sentence == "It could not be looked at (AttributeError)."
    assert found("Connections", now)[0].level == Level.OK


# Keys


def test_a_login_that_no_key_opens_is_wrong(well: None, connection: Connection, now: datetime, settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    (finding,) = found("Keys", now)
    assert (finding.level, finding.sentence.startswith("1 stored login of 1 cannot be opened")) == (Level.WRONG, True)
    assert "Put that key back" in finding.remedy


def test_an_older_key_that_is_still_needed_is_told(
    well: None, connection: Connection, now: datetime, settings: Any
) -> None:
    old, new = settings.TOKEN_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.TOKEN_ENCRYPTION_KEYS = [new, old]
    (finding,) = found("Keys", now)
    assert (finding.level, "need an older key" in finding.sentence) == (Level.WARNING, True)
    assert "rotate_keys" in finding.remedy
    settings.TOKEN_ENCRYPTION_KEYS = [old, new]
    assert "can be taken away" in found("Older keys", now)[0].sentence


# Processes


def test_no_worker_is_wrong(well: None, now: datetime) -> None:
    WorkerHeartbeat.objects.update(seen_at=now - timedelta(minutes=1))
    assert found("Workers", now)[0].sentence == "No worker lives, so nothing runs."


def test_a_queue_that_nobody_serves_is_named(well: None, now: datetime) -> None:
    WorkerHeartbeat.objects.update(queues=["realtime", "sync"])
    (finding,) = found("Queues", now)
    assert finding.level == Level.WRONG
    assert finding.sentence == "No living worker listens to parser, backfill, scheduler."


def test_two_beats_are_one_too_many(well: None, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    WorkerHeartbeat.objects.create(name="beat", queues=[], slots=0, has_beat=True, started_at=now, seen_at=later)
    assert of("2 processes send the periodic tasks", now).level == Level.WARNING


def test_a_scheduler_that_is_silent_switched_off_or_gone_is_wrong(well: None, now: datetime) -> None:
    SchedulerHeartbeat.objects.update(ran_at=now - timedelta(minutes=9))
    SchedulerHeartbeat.objects.filter(pk="smart-sync").update(error="OperationalError")
    SchedulerHeartbeat.objects.filter(pk="dispatch-realtime").delete()
    PeriodicTask.objects.filter(name="sweep").update(enabled=False)
    PeriodicTask.objects.filter(name="smart-sync").delete()
    levels = {name: found(f"Scheduler, {name}", now)[0].level for name in periodic.every_seconds()}
    assert levels == {"sweep": Level.WRONG, "smart-sync": Level.WARNING, "dispatch-realtime": Level.WRONG}
    assert [each.sentence for each in found("Beat", now)] == [
        "It has no row smart-sync, so nobody sends that task.",
        "Its row sweep is switched off.",
    ]


def test_a_beat_that_has_just_begun_is_given_time_for_its_first_look(well: None, now: datetime) -> None:
    SchedulerHeartbeat.objects.filter(pk="smart-sync").delete()
    WorkerHeartbeat.objects.update(started_at=now - timedelta(minutes=14))
    (finding,) = found("Scheduler, smart-sync", now)
    assert (finding.level, "Beat has just begun" in finding.sentence) == (Level.OK, True)
    WorkerHeartbeat.objects.update(started_at=now - timedelta(minutes=16))
    assert found("Scheduler, smart-sync", now)[0].level == Level.WRONG


# Object types, overdue work, connections


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sync_interval_minutes": 90, "staleness_threshold_minutes": 60}, "not stale before it is due"),
        ({"priority": 9}, "From 1, which is served first, to 5."),
        ({"queue": "nobodys"}, "nobody serves a queue nobodys"),
        ({"depends_on": "nothing"}, "depends on nothing, which does not exist"),
        ({"depends_on": "ads"}, "what it depends on depends on it"),
    ],
    ids=["stale too early", "priority", "queue", "no such parent", "circle"],
)
def test_object_types_that_make_no_sense_are_wrong(
    change: dict[str, object], said: str, well: None, now: datetime
) -> None:
    assert worst(found("Object types", now)) == Level.OK
    ObjectSyncConfig.objects.filter(object_type="campaigns").update(**change)
    findings = found("Object types", now)
    assert worst(findings) == Level.WRONG
    assert any(said in each.sentence for each in findings)


def test_a_parent_that_is_switched_off_and_a_missing_row_are_warned_of(well: None, now: datetime) -> None:
    ObjectSyncConfig.objects.filter(provider=KIND, object_type="campaigns").update(is_sync_enabled=False)
    ObjectSyncConfig.objects.filter(provider=KIND, object_type="ad_metrics").delete()
    warned = found("Object types", now)
    assert worst(warned) == Level.WARNING
    assert sum("depends on campaigns, which is switched off" in each.sentence for each in warned) == 2
    assert sum("ad_metrics: no row" in each.sentence for each in warned) == 1


@pytest.mark.parametrize(("minutes", "level"), [(10, Level.OK), (20, Level.WARNING), (90, Level.WRONG)])
def test_what_is_due_for_long_is_told(
    minutes: int, level: Level, well: None, connection: Connection, now: datetime
) -> None:
    scheduler.reschedule([connection.pk], now)
    SyncSchedule.objects.update(next_due_at=now - timedelta(minutes=minutes))
    assert worst(found("Overdue work", now)) == level


def test_what_waits_for_a_reason_is_not_overdue(well: None, connection: Connection, now: datetime) -> None:
    scheduler.reschedule([connection.pk], now)
    SyncSchedule.objects.update(next_due_at=now - timedelta(hours=5))
    ConnectionSync.block(connection.pk, now + timedelta(hours=1), "Quiet.")
    assert worst(found("Overdue work", now)) == Level.OK
    ConnectionSync.objects.update(not_before=None)
    SyncSchedule.objects.update(verdict="budget")
    (finding,) = found("Overdue work", now)
    assert (finding.level, "7 objects held back for a reason" in finding.sentence) == (Level.OK, True)
    SyncSchedule.objects.update(verdict="")
    Connection.objects.update(paused=True)
    assert worst(found("Overdue work", now)) == Level.OK


def test_chunks_that_wait_for_long_are_told(well: None, connection: Connection, now: datetime) -> None:
    job = make_job(connection, now, "pending")
    make_chunk(job, 0, "ads", "pending", ready_at=now - timedelta(minutes=20))
    (finding,) = found("Queue sync", now)
    assert (finding.level, finding.sentence) == (Level.WARNING, "1 chunk ready, the first for 20 min.")


def test_connections_that_need_a_person_are_named(well: None, connection: Connection, now: datetime) -> None:
    Connection.objects.update(is_sandbox=not connection.is_sandbox)
    assert of("never run in the mode of their provider: Alpine Outfitters CH", now).level == Level.WARNING
    Credential.objects.update(needs_reconnect=True)
    assert of("need a new login", now).level == Level.WRONG


# Disk, providers, clock


def test_a_disk_without_room_is_told(well: None, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(machine, "LITTLE", 10**18)
    assert found("Disk", now)[0].level == Level.WARNING
    monkeypatch.setattr(machine, "NEXT_TO_NONE", 10**18)
    assert found("Disk", now)[0].level == Level.WRONG
    settings.VAR_DIR = settings.VAR_DIR / "missing"
    assert "does not exist" in found("Disk", now)[0].sentence


class Place:
    """Somebody's server: what its clock says, how long it takes, and where it sends people."""

    def __init__(self) -> None:
        self.ahead, self.delay, self.asked = timedelta(), 0.0, 0
        place = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.asked += 1
                time.sleep(place.delay)
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(timezone.now() + place.ahead, usegmt=True)

            def log_message(self, *_: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def leads_to(self, settings: Any, scheme: str = "http") -> None:
        mine = {**settings.PROVIDERS[KIND], BENCHES[KIND].address: f"{scheme}://{self.host}", "sandbox": False}
        settings.PROVIDERS = {**settings.PROVIDERS, KIND: mine}


@pytest.fixture
def place(well: None, settings: Any) -> Iterator[Place]:
    made = Place()
    made.leads_to(settings)
    yield made
    made.server.shutdown()
    made.server.server_close()


REAL = "Meta Ads (real)"


def test_a_place_that_answers_is_in_order_whatever_it_answers(place: Place, now: datetime) -> None:
    (finding,) = found(REAL, now)
    assert (finding.level, finding.sentence.startswith(f"{place.host} answers after 0.")) == (Level.OK, True)
    assert place.asked == 1, "a redirection was followed"


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, Level.OK), (-10, Level.WARNING), (60, Level.WRONG)], ids=["right", "ahead", "behind"]
)
def test_a_wrong_clock_is_noticed_by_the_dates_of_others(
    seconds: int, level: Level, place: Place, now: datetime
) -> None:
    place.ahead = timedelta(seconds=seconds)
    clocks = [each for each in found("Clock", now) if place.host in each.sentence]
    assert worst(clocks) == level
    if seconds:
        assert f"{'behind' if seconds > 0 else 'ahead of'} that of {place.host}" in clocks[0].sentence


def test_a_place_that_does_not_answer_is_given_up_in_time(
    place: Place, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PATIENCE", 0.3)
    place.delay = 3
    began = time.monotonic()
    (finding,) = found(REAL, now)
    assert (finding.level, "did not answer within" in finding.sentence) == (Level.WRONG, True)
    assert time.monotonic() - began < 2.5


def test_a_place_that_nobody_listens_at_is_wrong(place: Place, now: datetime) -> None:
    place.server.shutdown()
    place.server.server_close()
    (finding,) = found(REAL, now)
    assert (finding.level, "cannot be reached (ConnectionRefusedError)" in finding.sentence) == (Level.WRONG, True)
    assert "may go out" in finding.remedy


def test_a_certificate_that_nobody_signed_is_not_trusted(
    place: Place, now: datetime, settings: Any, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    place.server.socket = context.wrap_socket(place.server.socket, server_side=True)
    place.leads_to(settings, scheme="https")
    (finding,) = found(REAL, now)
    assert (finding.level, "cannot be trusted" in finding.sentence) == (Level.WRONG, True)


def test_the_sandbox_is_said_to_be_one(well: None, sandbox: SandboxServer, now: datetime) -> None:
    assert "answers after" in found("Meta Ads (sandbox)", now)[0].sentence


def test_a_place_that_speaks_grpc_is_reached_over_tls(well: None, sandbox: SandboxServer, now: datetime) -> None:
    host = sandbox.google_ads.also_at()["grpc"]
    said = [finding.sentence for finding in found("Google Ads (sandbox)", now) if host in finding.sentence]
    assert [each.startswith(f"{host} answers after") for each in said] == [True]
    assert said[0].endswith("over TLS with a valid certificate.")


def test_what_an_installation_lacks_is_wrong_where_somebody_needs_it(
    well: None, connection: Connection, now: datetime, settings: Any, place: Place
) -> None:
    real = {"sandbox": False, "client_id": "", "sign_in_url": f"http://{place.host}", "endpoint": place.host}
    settings.PROVIDERS = {**settings.PROVIDERS, "google_ads": {**settings.PROVIDERS["google_ads"], **real}}
    first, *_ = found("Google Ads (real)", now)
    assert (first.level, "no OAuth client" in first.sentence) == (Level.OK, True)
    Connection.objects.filter(pk=connection.pk).update(provider="google_ads")
    first, *_ = found("Google Ads (real)", now)
    assert (first.level, "GOOGLE_CLIENT_ID" in first.remedy) == (Level.WRONG, True)


# Mail


def wants_mail(alice: User) -> None:
    Membership.objects.filter(user=alice).update(mail=Membership.Mail.ALL)


def test_where_mail_goes_is_told(well: None, alice: User, settings: Any, now: datetime) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    assert of("Goes to mail.example.com; no people want any.", now).level == Level.OK
    wants_mail(alice)
    assert of("Goes to mail.example.com; 1 person wants any.", now).level == Level.OK


def test_that_no_mail_server_is_set_is_told_and_matters_to_those_who_wait(
    well: None, alice: User, settings: Any, now: datetime
) -> None:
    settings.SENDS_MAIL = False
    assert of("EMAIL_URL is not set: nobody gets a mail, and nobody wants one.", now).level == Level.OK
    wants_mail(alice)
    finding = of("and 1 person switched it on.", now)
    assert (finding.level, finding.remedy) == (Level.WARNING, "Set EMAIL_URL, or tell them.")


def test_mails_that_do_not_get_out_are_told(well: None, alice: User, connection: Connection, now: datetime) -> None:
    ago = now - timedelta(hours=2)
    mail = {"user": alice, "connection": connection, "kind": "failed", "send_at": now}
    Mail.objects.create(**mail, created_at=ago)
    Mail.objects.create(**mail, created_at=now)
    Mail.objects.create(**mail, created_at=ago, sent_at=now)
    Mail.objects.create(**mail, created_at=ago, given_up_at=now)
    assert [(each.level, each.sentence[:6]) for each in found("Mail", now)] == [(Level.WARNING, "1 mail")]
    Mail.objects.create(**mail, created_at=ago, given_up_at=now, last_error="ConnectionRefusedError")
    assert [each.sentence.partition(" could")[0] for each in found("Mail", now)] == ["1 mail of this week", "1 mail"]


def test_a_webhook_that_nobody_takes_is_told(well: None, connection: Connection, settings: Any, now: datetime) -> None:
    assert found("Webhook", now) == []
    settings.WEBHOOK_URL = "https://receiver.example.com"
    assert of("Messages are taken.", now).level == Level.OK
    ago = now - timedelta(hours=2)
    message = {"connection": connection, "event": "sync.failed", "body": "{}", "send_at": now}
    WebhookMessage.objects.create(**message, created_at=now)
    WebhookMessage.objects.create(**message, created_at=ago, sent_at=now)
    assert of("Messages are taken.", now).level == Level.OK
    WebhookMessage.objects.create(**message, created_at=ago)
    WebhookMessage.objects.create(**message, created_at=ago, given_up_at=now)
    assert of("1 message of this week given up, 1 waiting for more than an hour.", now).level == Level.WARNING
