"""Control over HTTP: what stands below /_sandbox/logikal/, as JSON."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connections.providers.logikal.sandbox.accounts import DEMO_USER
from connections.sandbox.exchange import Call

if TYPE_CHECKING:
    from connections.providers.logikal.sandbox.rest import LogikalSandbox

Control = Callable[["LogikalSandbox", Call], Any]
DONE = {"done": True}


def behaviour(sandbox: "LogikalSandbox", call: Call) -> Any:
    """POST any of its knobs."""
    if call.method == "POST":
        sandbox.set(**call.json())
    return asdict(sandbox.behaviour)


def accounts(sandbox: "LogikalSandbox", call: Call) -> Any:
    """POST {"username": ..., "projects": 20}: never answers passwords."""
    if call.method == "POST":
        sandbox.add_account(**call.json())
    listed = sandbox.world.accounts.all()
    return {"accounts": [{"username": one.username, "projects": one.projects} for one in listed]}


def change(sandbox: "LogikalSandbox", call: Call) -> Any:
    """POST {"id": ..., "name": "New"}, with "silent": true if no date may move."""
    wishes = call.json()
    sandbox.change(wishes.pop("id"), **wishes)
    return DONE


def _by_hand(name: str) -> Control:
    """POST {"id": ..., "account": user name, if it could be another's}; for parts also {"variant": "corrupt"}."""

    def act(sandbox: "LogikalSandbox", call: Call) -> Any:
        wishes = call.json()
        getattr(sandbox, name)(wishes.pop("id"), **wishes)
        return DONE

    return act


def sessions(sandbox: "LogikalSandbox", call: Call) -> Any:
    """DELETE ends them all."""
    if call.method == "DELETE":
        sandbox.end_sessions()
    open_now = [session.describe() for session in sandbox.open_sessions()]
    held = sandbox.world.sessions
    return {"open": open_now, "highest": held.highest, "highest_of": dict(held.highest_of)}


def simulated(sandbox: "LogikalSandbox", call: Call) -> Any:
    """DELETE begins anew."""
    if call.method == "DELETE":
        sandbox.simulated.reset()
    return sandbox.simulated.describe()


def truth(sandbox: "LogikalSandbox", call: Call) -> Any:
    """GET ?account=demo."""
    return sandbox.truth(call.params.get("account", DEMO_USER))


def writes(sandbox: "LogikalSandbox", call: Call) -> Any:
    return {"count": len(sandbox.writes), "writes": [write.describe() for write in sandbox.writes]}


CONTROLS: dict[str, Control] = {
    "accounts": accounts,
    "behaviour": behaviour,
    "change": change,
    **{name: _by_hand(name) for name in ("delete", "recycle", "exclude", "restore", "lock", "forbid", "unlock")},
    "parts": _by_hand("choose_parts"),
    "sessions": sessions,
    "simulated": simulated,
    "truth": truth,
    "writes": writes,
}
