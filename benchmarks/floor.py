"""The least that a correct sync must do: `python -m benchmarks.floor ACCOUNT SINCE UNTIL`.

Pages of 500 through the official SDK's call(), decoded by orjson; a fingerprint of each row, compared with the stored
ones; COPY of new rows into the same table, an update of those that differ. No lease, no retry, no log of changes.
"""

import os
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from facebook_business.api import FacebookAdsApi, FacebookSession  # noqa: E402

FIELDS = "ad_id,adset_id,campaign_id,impressions,clicks,spend,reach,actions,action_values,account_currency,date_start"
COLUMNS = (
    "connection_id, level, external_id, date, campaign_id, ad_set_id, impressions, clicks, spend_micros, conversions,"
    " revenue_micros, reach, actions, currency, fingerprint, first_seen_at, changed_at"
)
UPDATE = (
    "UPDATE projects_dailymetric SET impressions = %s, clicks = %s, spend_micros = %s, conversions = %s,"
    " revenue_micros = %s, reach = %s, actions = %s, fingerprint = %s, changed_at = %s WHERE id = %s"
)
PURCHASE = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")


def main(account: str, since: date, until: date) -> None:
    session = FacebookSession(access_token=os.environ["BENCH_TOKEN"], timeout=(5, 35))
    session.GRAPH = settings.PROVIDERS["meta"]["graph_url"]
    api = FacebookAdsApi(session, api_version=settings.PROVIDERS["meta"]["api_version"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM connections_connection WHERE external_account_id = %s", [account])
        owner = cursor.fetchone()[0]
    calls = 0
    while until >= since:
        start = max(since, until - timedelta(days=6))
        after = None
        while True:
            page = fetch(api, account, start, until, after)
            calls += 1
            store(owner, page["data"])
            if "next" not in page.get("paging", {}):
                break
            after = page["paging"]["cursors"]["after"]
        until = start - timedelta(days=1)
    print(calls)


def fetch(api: FacebookAdsApi, account: str, since: date, until: date, after: str | None) -> dict:
    params = {
        "level": "ad",
        "fields": FIELDS,
        "time_increment": 1,
        "time_range": {"since": since.isoformat(), "until": until.isoformat()},
        "limit": 500,
    }
    if after:
        params["after"] = after
    return orjson.loads(api.call("GET", (account, "insights"), params=params).body())


def store(owner: str, rows: list[dict]) -> None:
    now = datetime.now(UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        ids, days = {row["ad_id"] for row in rows}, {row["date_start"] for row in rows}
        cursor.execute(
            "SELECT external_id, date, id, fingerprint FROM projects_dailymetric WHERE connection_id = %s"
            " AND level = 'ad' AND external_id = ANY(%s) AND date = ANY(%s::date[])",
            [owner, list(ids), list(days)],
        )
        stored = {(row[0], row[1].isoformat()): row[2:] for row in cursor.fetchall()}
        new, changed = [], []
        for row in rows:
            text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
            fingerprint = int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)
            known = stored.get((row["ad_id"], row["date_start"]))
            if known is None:
                new.append(
                    (
                        owner,
                        "ad",
                        row["ad_id"],
                        row["date_start"],
                        row["campaign_id"],
                        row["adset_id"],
                        *numbers(row),
                        row["account_currency"],
                        fingerprint,
                        now,
                        now,
                    )
                )
            elif known[1] != fingerprint:
                changed.append((*numbers(row), fingerprint, now, known[0]))
        if new:
            with cursor.copy(f"COPY projects_dailymetric ({COLUMNS}) FROM STDIN") as copy:
                for values in new:
                    copy.write_row(values)
        if changed:
            cursor.executemany(UPDATE, changed)


def numbers(row: dict) -> tuple:
    actions, values = row.get("actions", []), row.get("action_values", [])
    return (
        int(row["impressions"]),
        int(row.get("clicks", 0)),
        int(Decimal(row["spend"]) * 1_000_000),
        purchase(actions),
        int(purchase(values) * 1_000_000),
        int(row["reach"]) if "reach" in row else None,
        orjson.dumps({"actions": actions, "action_values": values}).decode(),
    )


def purchase(entries: list[dict]) -> Decimal:
    for wanted in PURCHASE:
        for entry in entries:
            if entry["action_type"] == wanted:
                return Decimal(entry["value"])
    return Decimal(0)


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3]))
