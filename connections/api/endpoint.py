"""What every address of the API has in common."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from connections.access import Actor, actor_of
from connections.api.bodies import refuse_unreadable


class Endpoint(APIView):
    @property
    def actor(self) -> Actor:
        return actor_of(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_unreadable(request)
        super().initial(request, *args, **kwargs)


class Nowhere(Endpoint):
    """Every address below /api/ that does not exist says so in JSON too."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such address.")
