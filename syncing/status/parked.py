"""Which syncs wait for calls, because the schedule has used up its own limit?"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from connections.errors import OWN_LIMIT
from syncing.models import SyncChunk, SyncJob


def parked(connections: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    """When each of them goes on; those of which a chunk runs, or could run, are left out. One query."""
    waits = Q(error_code=OWN_LIMIT, ready_at__gt=now, lease_token__isnull=True)
    open_ones = SyncChunk.objects.open().filter(connection__in=connections, sync_job__lane=SyncJob.Lane.SYNC)
    rows = (
        open_ones.order_by()
        .values_list("connection")
        .annotate(waiting=Count("pk", filter=waits), until=Min("ready_at"), others=Count("pk", filter=~waits))
    )
    return {pk: until for pk, waiting, until, others in rows if waiting and not others}
