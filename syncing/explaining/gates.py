"""May anything of this connection run at all? From removed to told to be quiet: what stops a person's syncs too."""

from collections.abc import Iterator

from syncing.explaining.check import CHOSEN, NEEDS_YOU, Check, Verdict, moments
from syncing.explaining.facts import Facts


def gates(facts: Facts) -> Iterator[Check]:
    if facts.connection.removed_at:
        yield removed(facts)
        return
    yield paused(facts)
    yield login(facts)
    yield mode(facts)
    yield quiet(facts)


def removed(facts: Facts) -> Check:
    return Check(
        "removed",
        "Account",
        Verdict.BLOCKS,
        "This connection was removed. Nothing of it runs, and its rows are being deleted.",
        "Connect the account again.",
        moments(removed=facts.connection.removed_at),
        looks=CHOSEN,
    )


def paused(facts: Facts) -> Check:
    if not facts.connection.paused:
        return Check("paused", "Pause", Verdict.OK, "The connection is not paused.")
    event = facts.paused_by
    who = f" by {event.actor}" if event else ""
    return Check(
        "paused",
        "Pause",
        Verdict.BLOCKS,
        f"The connection was paused{who}. Nothing of it runs, neither by the schedule nor by Sync now.",
        "Resume it when it should run again. What is due then is read once.",
        moments(paused=event.at if event else None),
        looks=CHOSEN,
    )


def login(facts: Facts) -> Check:
    trouble = facts.connection.credential.trouble
    if trouble is None:
        return Check("login", "Login", Verdict.OK, "The login works, as far as we know.")
    sentence = f"The login no longer works: {trouble.sentence}" if trouble.sentence else "The login no longer works."
    return Check("login", "Login", Verdict.BLOCKS, sentence, trouble.remedy, looks=NEEDS_YOU)


def mode(facts: Facts) -> Check:
    wrong = facts.connection.wrong_mode()
    if not wrong:
        kind = "the sandbox" if facts.connection.is_sandbox else "the real provider"
        return Check("mode", "Mode", Verdict.OK, f"It was made for {kind}, and this installation talks to it.")
    remedy = "Connect the account again in this mode, or change the mode."
    return Check("mode", "Mode", Verdict.BLOCKS, wrong, remedy, looks=NEEDS_YOU)


def quiet(facts: Facts) -> Check:
    """The longest of what the provider told us, for the connection and for the budgets that it shares with others."""
    told = [(facts.sync.not_before, facts.sync.not_before_reason)]
    told += [(fill.blocked_until, fill.reason) for fill in facts.fills.values()]
    until, reason = max(((at, why) for at, why in told if at and at > facts.now), default=(None, ""))
    if until is None:
        return Check("quiet", "Provider", Verdict.OK, "The provider has not asked for quiet.")
    return Check(
        "quiet",
        "Provider",
        Verdict.WAITS,
        f"The provider asked for quiet{f': {reason}' if reason else '.'}"
        " Nothing is asked of it until then, for Sync now either.",
        "Nothing: it goes on by itself. To try earlier would only make it longer.",
        moments(goes_on=until),
    )
