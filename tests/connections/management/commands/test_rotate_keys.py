"""Encrypt every login with the newest key: while syncs run, and killed anywhere."""

import signal
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections import crypto
from connections.errors import NeedsReconnect
from connections.models import AuditEvent, Connection, Credential
from syncing import scheduler
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import MakeAccount, Processes, Watch, assert_complete, eventually, sync
from tests.fixtures.plain import TOKEN

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
OLD_ID, NEW_ID = crypto.key_id(OLD), crypto.key_id(NEW)
GOOD = {"token": TOKEN}
Seal = Callable[[dict[str, str]], tuple[str, str]]


@pytest.fixture
def logins(make_account: MakeAccount, settings: Any) -> list[Credential]:
    """Seven of them, made with the old key; a new one stands before it now."""
    settings.TOKEN_ENCRYPTION_KEYS = [OLD]
    made = [make_account().credential for _ in range(7)]
    settings.TOKEN_ENCRYPTION_KEYS = [NEW, OLD]
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> str:
        call_command("rotate_keys", *words)
        return capsys.readouterr().out

    return run


def keys_in_use() -> set[str]:
    return set(Credential.objects.values_list("key_id", flat=True))


@pytest.mark.django_db
def test_every_login_is_moved_to_the_first_key(logins: list[Credential], run, settings: Any) -> None:
    assert run("--batch", "3").splitlines() == [
        "Looked at 3 of 7 logins, encrypted 3 anew.",
        "Looked at 6 of 7 logins, encrypted 6 anew.",
        "Looked at 7 of 7 logins, encrypted 7 anew.",
        f"Every login opens with the first key ({NEW_ID}): older keys may be removed.",
    ]
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    assert [each.secrets() for each in Credential.objects.all()] == [GOOD] * 7
    assert keys_in_use() == {NEW_ID}


@pytest.mark.django_db
def test_a_second_run_writes_nothing(logins: list[Credential], run) -> None:
    run()
    before = list(Credential.objects.order_by("pk").values())
    assert run() == f"Every login opens with the first key ({NEW_ID}): older keys may be removed.\n"
    assert list(Credential.objects.order_by("pk").values()) == before
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target) == ("rotate_keys", "keys rotated", "installation")
    assert (event.before, event.after) == ({"logins of keys": {OLD_ID: 7}}, {"key": NEW_ID})


@pytest.mark.django_db
def test_whether_a_key_may_be_removed_is_found_out_by_opening(logins: list[Credential], run) -> None:
    with pytest.raises(CommandError, match=rf"Remove no key yet\. 7 login\(s\) need the key {OLD_ID}, which you have"):
        run("--verify")
    assert keys_in_use() == {OLD_ID}
    Credential.objects.update(key_id=NEW_ID)  # a label that lies
    with pytest.raises(CommandError, match=rf"7 login\(s\) need the key {OLD_ID}"):
        run("--verify")
    run()
    assert "older keys may be removed" in run("--verify")


@pytest.mark.django_db
def test_a_login_whose_key_is_gone_is_named_and_left_alone(logins: list[Credential], run, settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    for words in ((), ("--verify",)):
        with pytest.raises(CommandError, match=rf"7 login\(s\) need the key {OLD_ID}, which is not in TOKEN_ENCR"):
            run(*words)
    settings.TOKEN_ENCRYPTION_KEYS = [NEW, OLD]
    run()
    assert Credential.objects.get(pk=logins[0].pk).secrets() == GOOD


@pytest.mark.django_db
def test_an_erased_login_needs_no_key(logins: list[Credential], run) -> None:
    logins[0].erase()
    run()
    assert Credential.objects.get(pk=logins[0].pk).ciphertext == ""
    assert "older keys may be removed" in run("--verify")


@pytest.mark.django_db
def test_a_login_that_is_renewed_meanwhile_keeps_its_new_secret(
    logins: list[Credential], run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody connects again between the reading and the writing of the batch."""

    def renew_first(secrets: dict[str, str], seal: Seal = crypto.encrypt) -> tuple[str, str]:
        monkeypatch.undo()
        again = Credential.objects.get(pk=logins[0].pk)
        again.seal({"token": "fresh"})
        again.save()
        return seal(secrets)

    monkeypatch.setattr(crypto, "encrypt", renew_first)
    assert "Looked at 7 of 7 logins, encrypted 6 anew." in run()
    assert Credential.objects.get(pk=logins[0].pk).secrets() == {"token": "fresh"}


# Syncs and dead logins


@pytest.mark.django_db
def test_a_rotation_is_not_taken_for_a_new_login(logins: list[Credential], run) -> None:
    """What was read before it may still tell that the login is dead, and a chunk does not wait for another one."""
    held = Credential.objects.get(pk=logins[0].pk)
    run()
    assert not held.was_renewed()
    assert held.mark_dead("The password was changed.")
    assert Credential.objects.get(pk=held.pk).needs_reconnect


@pytest.mark.django_db
def test_a_dead_login_stays_dead_after_a_rotation(logins: list[Credential], run) -> None:
    logins[0].mark_dead("The password was changed.")
    run()
    assert Credential.objects.get(pk=logins[0].pk).needs_reconnect


@pytest.mark.django_db
def test_a_login_works_again_when_its_key_is_put_back(make_account: MakeAccount, settings: Any, watch: Watch) -> None:
    """Nobody has to connect anything again: what was asked for meanwhile was refused, and what was queued waits."""
    settings.TOKEN_ENCRYPTION_KEYS = [OLD]
    account = make_account()
    waiting = scheduler.enqueue_now(account, now=watch.now, trigger="user").job
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    lost = Connection.objects.get(pk=account.pk)
    with pytest.raises(scheduler.NotRunnable, match="cannot be opened with this installation's keys") as refused:
        scheduler.enqueue_now(lost, now=watch.now, trigger="user")
    assert "Put the earlier key back into TOKEN_ENCRYPTION_KEYS" in refused.value.remedy
    with pytest.raises(NeedsReconnect):
        lost.credential.secrets()
    assert SyncChunk.claim_next(watch.now) is None
    settings.TOKEN_ENCRYPTION_KEYS = [NEW, OLD]
    job = sync(Connection.objects.get(pk=account.pk), watch)
    assert (job.pk, job.status) == (waiting.pk, "completed")
    assert_complete(account)


# Processes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", range(1, 6))
def test_a_rotation_that_is_killed_is_begun_again(
    logins: list[Credential], processes: Processes, settings: Any, where: int
) -> None:
    keys = {"token_encryption_keys": f"{NEW},{OLD}"}
    code, printed = processes.run("rotate_keys", "--batch", "2", die=f"mid_rotation:{where}", **keys)
    assert code == -signal.SIGKILL, printed
    assert keys_in_use() == ({OLD_ID, NEW_ID} if where > 2 else {OLD_ID})
    settings.TOKEN_ENCRYPTION_KEYS = [NEW, OLD]
    assert [each.secrets() for each in Credential.objects.all()] == [GOOD] * 7
    code, printed = processes.run("rotate_keys", **keys)
    assert code == 0, printed
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    assert [each.secrets() for each in Credential.objects.all()] == [GOOD] * 7


@pytest.mark.django_db(transaction=True)
def test_running_syncs_lose_nothing_while_keys_are_rotated_to_and_fro(
    make_account: MakeAccount, processes: Processes, settings: Any
) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [OLD, NEW]
    both = {True: f"{NEW},{OLD}", False: f"{OLD},{NEW}"}
    accounts = [make_account(campaigns=5, page_size=4, delay_ms=40) for _ in range(3)]
    running = [
        processes.start("sync", str(each.pk), "--foreground", token_encryption_keys=both[False]) for each in accounts
    ]
    eventually(lambda: SyncChunk.objects.exclude(started_at=None).exists(), "the syncs to begin")
    turns = 0
    while any(process.poll() is None for process in running):
        turns += 1
        settings.TOKEN_ENCRYPTION_KEYS = both[bool(turns % 2)].split(",")
        call_command("rotate_keys", stdout=StringIO())
    assert turns > 20
    for account, process in zip(accounts, running, strict=True):
        printed = process.communicate(timeout=10)[0]
        assert process.returncode == 0, printed
        assert "was renewed" not in printed
        today = timezone.now().astimezone(account.zone).date()
        assert_complete(account, today - timedelta(days=13), today)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}
    assert set(SyncChunk.objects.values_list("retry_count", flat=True)) == {0}
    assert not Credential.objects.filter(needs_reconnect=True).exists()
