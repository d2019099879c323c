"""All that is looked at, in order. A look that fails is a finding itself, and stops no other."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import structlog

from config.doctor import accounts, broker, database, intervals, keys, machine, post, processes, providers, start
from config.doctor.finding import Finding, Level, warning, wrong

log = structlog.get_logger(__name__)

Look = Callable[[datetime], Iterable[Finding]]

BY_ITSELF: dict[str, Look] = {
    "Settings": start.settings_make_sense,
    "Broker": broker.broker_works,
    "Disk": machine.disk_has_room,
    "Providers": providers.providers_answer,
}
IN_THE_DATABASE: dict[str, Look] = {
    "Clock": database.clocks_agree,
    "Keys": keys.logins_open,
    "Workers": processes.workers_live,
    "Scheduler": processes.scheduler_looks,
    "Object types": intervals.intervals_make_sense,
    "Overdue work": accounts.nothing_is_overdue,
    "Connections": accounts.connections_work,
    "Mail": post.mails_go_out,
    "Webhook": post.webhook_is_heard,
}


def examine(now: datetime) -> Iterator[Finding]:
    yield from _looks({"Settings": BY_ITSELF["Settings"]}, now)
    found = list(_guarded("Database", database.database_works, now))
    yield from found
    if any(each.level == Level.WRONG for each in found):
        names = ", ".join(IN_THE_DATABASE).lower()
        yield warning("Database", f"Not looked at, because all of it is in there: {names}.", "Mend the database first.")
    else:
        yield from _looks(IN_THE_DATABASE, now)
    yield from _looks({name: look for name, look in BY_ITSELF.items() if name != "Settings"}, now)


def _looks(looks: dict[str, Look], now: datetime) -> Iterator[Finding]:
    for name, look in looks.items():
        yield from _guarded(name, look, now)


def _guarded(name: str, look: Look, now: datetime) -> Iterator[Finding]:
    try:
        yield from look(now)
    except Exception as error:
        log.warning("the doctor could not look", at=name, exc_info=True)
        said = f"It could not be looked at ({type(error).__name__})."
        yield wrong(name, said, "The traceback is in the log: this may be a mistake of ours.")
