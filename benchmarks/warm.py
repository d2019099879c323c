"""Ask once for every page that a sync and its floor will ask for, so that the prepared server holds them."""

import os
import sys
from datetime import UTC, date, datetime

from django.conf import settings
from facebook_business.api import FacebookAdsApi, FacebookSession

from benchmarks import floor
from connections import registry
from connections.sources import Account, OpenGate, Slice, SourceContext
from syncing import planner


def main(account: str, since: date, until: date) -> None:
    token = os.environ["BENCH_TOKEN"]
    context = SourceContext(
        Account(account, currency="USD"), {"access_token": token}, {}, settings.PROVIDERS["meta"], OpenGate(), _now
    )
    source = registry.source_class("meta")(context)
    for name in ("campaigns", "ad_sets", "ads"):
        list(source.read(source.stream(name), Slice(), None))
    stream = source.stream("ad_metrics")
    for plan in planner.metrics([stream], since, until):
        list(source.read(stream, plan.piece, None))
    ask_as_the_floor(account, token, since, until)


def ask_as_the_floor(account: str, token: str, since: date, until: date) -> None:
    session = FacebookSession(access_token=token)
    session.GRAPH = settings.PROVIDERS["meta"]["graph_url"]
    api = FacebookAdsApi(session, api_version=settings.PROVIDERS["meta"]["api_version"])
    for start, end in planner.windows(since, until, 7):
        after: str | None = None
        while True:
            page = floor.fetch(api, account, start, end, after)
            if "next" not in page.get("paging", {}):
                break
            after = page["paging"]["cursors"]["after"]


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3]))
