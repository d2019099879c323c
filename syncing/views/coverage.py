"""Which days of a connection are read, and is one missing?"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.models import Connection
from connections.screen import SignedInRequest, show
from projects.numbers.agreement import agreements
from syncing.planner import spans
from syncing.status.coverage import covered
from syncing.status.gaps import Proof, dated, looked_at, proofs, runs_read
from syncing.status.streams import label, object_types


@require_safe
def coverage(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    found = get_object_or_404(looked_at(actor.connections()), pk=connection_id)
    streams = proofs([found], runs_read([found.pk]), now, agreed=agreements([found], now))
    context: dict[str, Any] = {"connection": found, "may_operate": actor.may(Role.OPERATOR, found.workspace)}
    if streams:
        context |= _stream(found, streams, request.GET.get("stream") or streams[0].stream)
    return show(request, "syncing/coverage.html", context, workspace=found.workspace, now=now)


def _stream(connection: Connection, streams: list[Proof], name: str) -> dict[str, Any]:
    """Raises Http404 for a stream that goes by no days."""
    configs = object_types()
    proof = next((each for each in streams if each.stream == name), None)
    if proof is None:
        raise Http404
    stream = next(each for each in dated(connection) if each.name == name)
    return {
        **_added_up(streams, name),
        "streams": [(label(connection, each.stream, configs), each) for each in streams],
        "chosen": name,
        "label": label(connection, name, configs),
        "covered": covered(connection, stream, proof),
    }


def _added_up(streams: list[Proof], name: str) -> dict[str, Any]:
    """Shown beside the totals, and beside what has to add up to them."""
    for proof in streams:
        totals = proof.connection.source_class.stream(proof.stream).summed_up_by
        if proof.agreement and name in (proof.stream, totals):
            return {"summed": proof, "totals": totals, "adrift": spans(drift.date for drift in proof.drifts)}
    return {}
