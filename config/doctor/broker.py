"""Is the broker reached, and does it keep what it is given until somebody fetches it?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings

from config.doctor.finding import Finding, ok, warning, wrong
from config.health import broker

OLDEST = (6, 2)
KEEPS = "noeviction"
NEARLY_FULL = 0.8
MEGABYTE = 1_000_000


def broker_works(now: datetime) -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield _none()
        return
    try:
        told: dict[str, Any] = broker(settings.REDIS_URL).info()
    except redis.AuthenticationError:
        yield wrong("Broker", f"{_place()} refuses our password.", "Correct REDIS_URL.")
    except (redis.RedisError, OSError, ValueError) as error:
        said = f"{_place()} does not answer ({type(error).__name__}). Syncing is late without it, and nothing is lost."
        yield wrong("Broker", said, "Look whether it runs, and whether REDIS_URL is right.")
    else:
        yield _version(told)
        yield _policy(told)
        yield _memory(told)


def _none() -> Finding:
    if not settings.BACKGROUND_SYNC_ENABLED:
        return ok("Broker", "None is needed while background sync is off.")
    said = "REDIS_URL is not set. ./bin/run starts a broker of its own, which only its own processes reach."
    return warning("Broker", said, "Nothing, if ./bin/run is how you start: the workers below say whether it works.")


def _place() -> str:
    """The host alone: what else stands in the address may be secret."""
    parts = urlsplit(settings.REDIS_URL)
    return f"The broker at {parts.hostname}" if parts.hostname else "The broker"


def _version(told: dict[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in told else "Redis"
    version = str(told.get("valkey_version") or told.get("redis_version") or "0")
    tls = ", over TLS" if settings.REDIS_URL.startswith("rediss://") else ""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        return wrong("Broker", f"{name} {version} is too old.", "Use Redis 6.2 or later, or Valkey.")
    return ok("Broker", f"{_place()} answers: {name} {version}{tls}.")


def _policy(told: dict[str, Any]) -> Finding:
    policy = told.get("maxmemory_policy", "unknown")
    if policy == KEEPS or not told.get("maxmemory"):
        return ok("Broker eviction", f"The policy is {policy}{'' if told.get('maxmemory') else ', with no limit set'}.")
    said = f"The policy is {policy}: when its memory is full it throws wake-ups away, and syncs are late."
    return warning("Broker eviction", said, f"Set maxmemory-policy to {KEEPS}.")


def _memory(told: dict[str, Any]) -> Finding:
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    said = f"{used / MEGABYTE:.1f} MB{f' of {most / MEGABYTE:.0f} MB' if most else ''} are in use."
    if most and used > NEARLY_FULL * most:
        remedy = "Give it more memory, or look what else is kept in it: wake-ups need next to none."
        return warning("Broker memory", said, remedy)
    return ok("Broker memory", said)
