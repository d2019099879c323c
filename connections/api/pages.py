"""Give long lists in pages: {next, previous, results}, 50 rows each, at most 200."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

USUAL, MOST = 50, 200


class PageQuery(serializers.Serializer[Any]):
    """cursor: where the page begins; take it from `next` and `previous`. page_size: more than 200 means 200."""

    cursor = serializers.CharField(required=False)
    page_size = serializers.IntegerField(required=False, min_value=1, default=USUAL)


class Page(serializers.Serializer[Any]):
    """next, previous: the addresses of the neighbouring pages."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class Pages(CursorPagination):
    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering

    def get_page_size(self, request: Request) -> int:
        asked = PageQuery(data=request.query_params.dict())
        if not asked.is_valid():
            raise ValidationError(asked.errors)
        size: int = asked.validated_data["page_size"]
        return min(size, MOST)

    def answer(self, results: Any) -> dict[str, Any]:
        return {"next": self.get_next_link(), "previous": self.get_previous_link(), "results": results}


def paged(pages: Pages, rows: QuerySet[Any], request: Request) -> list[Any]:
    """The rows of the page that is asked for. Raises NotFound."""
    try:
        return pages.paginate_queryset(rows, request) or []
    except (DjangoValidationError, ValueError, OverflowError) as error:
        raise NotFound("This cursor leads nowhere: take it from `next` or `previous`.") from error


def page(
    request: Request, rows: QuerySet[Any], *ordering: str, shape: type[serializers.Serializer[Any]]
) -> dict[str, Any]:
    pages = Pages(*ordering)
    return pages.answer(shape(paged(pages, rows, request), many=True).data)
