"""What the schema shows of each shape, as the guides print it."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from connections import registry
from connections.api.schema import example

JOB_ID = "0e2f7c1a-4a5e-4f0b-9d0e-6f3d1c2b7a90"
STATUS = {
    "sync_frequency": "realtime",
    "sync_status": "idle",
    "last_sync_attempted_at": "2025-11-14T13:10:58Z",
    "last_sync_completed_at": "2025-11-14T13:11:01Z",
    "last_metrics_changed_at": "2025-11-14T12:45:00Z",
    "total_syncs_attempted": 45,
    "total_syncs_with_changes": 12,
    "last_sync_error": None,
}
REPORT = STATUS | {
    "freshness": "fresh",
    "next_due_at": "2025-11-14T13:12:20Z",
    "pace": {
        "requested_interval_seconds": 30,
        "effective_interval_seconds": 101,
        "calls_per_hour": 480.0,
        "calls_allowed": 180,
        "sentence": "Asked for every 30 s; runs about every 101 s: 180 calls an hour are allowed,"
        " one in 25 s, and one round takes 4.",
    },
    "object_types": [
        {
            "object_type": "campaigns",
            "freshness": "fresh",
            "checked_at": "2025-11-14T12:40:02Z",
            "changed_at": "2025-11-13T08:05:10Z",
            "stale_at": "2025-11-14T14:40:02Z",
            "next_due_at": "2025-11-14T13:40:00Z",
            "interval_seconds": 3600,
        }
    ],
}


def _page(*results: Any) -> dict[str, Any]:
    return {"next": None, "previous": None, "results": list(results)}


COVERAGE = example(
    "One day of two years is missing, and one does not add up",
    _page(
        {
            "connection": "6b1f0b36-6d0f-4a3b-8f5a-0f5a3c2f9e11",
            "stream": "campaign_metrics",
            "since": "2023-11-15",
            "until": "2025-11-13",
            "days": 730,
            "read": 729,
            "missing": 1,
            "complete": False,
            "sentence": "1 day is missing: 4 Mar 2025.",
            "note": "",
            "gaps": [{"since": "2025-03-04", "until": "2025-03-04", "days": 1}],
            "totals_compared": 729,
            "totals_sentence": "On 1 day the campaigns do not add up to the account: 3 Feb 2025 lacks CHF 1.20.",
            "drift": [
                {
                    "date": "2025-02-03",
                    "total_micros": 12400000,
                    "sum_micros": 11200000,
                    "difference_micros": -1200000,
                }
            ],
        }
    ),
    200,
)
CHANGE = example(
    "Spend that was restated",
    _page(
        {
            "id": 90210,
            "connection": "6b1f0b36-6d0f-4a3b-8f5a-0f5a3c2f9e11",
            "table": "daily_metric",
            "key": "campaign/23851",
            "date": "2025-11-12",
            "field": "spend_micros",
            "before": "12400000",
            "after": "12650000",
            "seen_at": "2025-11-14T13:11:01Z",
            "job_id": JOB_ID,
        }
    ),
    200,
)
PAUSED = {"detail": "This connection is paused.", "remedy": "Resume it first."}
NO_CHOICE = "Choose one of: manual, realtime, 30min, hourly, daily, smart."

SYNC_STATUS = example("A connection that is well", REPORT, 200)
FREQUENCY = (
    example("Every 30 seconds", {"sync_frequency": "realtime"}),
    example("As it stands then", STATUS, 200),
    example(
        "No such frequency",
        {"detail": f"sync_frequency: {NO_CHOICE}", "invalid": {"sync_frequency": [NO_CHOICE]}},
        400,
    ),
)
SYNC = (
    example("A new job", {"job_id": JOB_ID, "status": "queued"}, 202),
    example("Without a broker", {"job_id": JOB_ID, "status": "queued", "queue": "degraded"}, 202),
    example("It ran already", {"job_id": JOB_ID, "status": "queued", "deduplicated": True}, 200),
    example("Paused", PAUSED, 409),
    example("All that is due", {}),
)


def _account() -> dict[str, Any]:
    """The first provider's, to try."""
    kind = next(iter(registry.SOURCES))
    source = registry.source_class(kind)
    return {
        "provider": kind,
        "account_id": source.demo.account_id if source.demo else "...",
        "secrets": {field.name: "..." for field in source.credential_fields},
        "name": "Shop",
    }


# Made when somebody asks for the schema: a process that starts loads no vendor's SDK.
CREATE = (example("An account", SimpleLazyObject(_account)),)
