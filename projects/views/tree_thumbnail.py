"""The picture of an elevation."""

from hashlib import blake2s
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest
from projects.models import ElevationThumbnail
from projects.tree.trees import trees_of

PNG = b"\x89PNG\r\n\x1a\n"


@require_safe
def thumbnail(request: SignedInRequest, connection_id: UUID, elevation_id: str) -> HttpResponseBase:
    """A browser keeps it for itself, asks each time, and is sent the bytes only where they are others."""
    connection = get_object_or_404(trees_of(actor_of(request)), pk=connection_id)
    found = ElevationThumbnail.objects.filter(connection=connection, external_id=elevation_id)
    row = get_object_or_404(found.defer("image"))
    etag = _etag(row)
    answer = get_conditional_response(request, etag=etag) or _picture(row)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _picture(row: ElevationThumbnail) -> HttpResponse:
    image = bytes(row.image)
    if not image.startswith(PNG):
        raise Http404
    return HttpResponse(image, content_type="image/png")


def _etag(row: ElevationThumbnail) -> str:
    told = f"{row.pk} {row.version} {row.changed_at.isoformat()}"
    return f'"{blake2s(told.encode(), digest_size=12).hexdigest()}"'
