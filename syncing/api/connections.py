"""List connections, look at one, change it, remove it."""

from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from connections import accounts
from connections.access import Role, allowed_connection, require
from connections.api.bodies import filled_in, query, read
from connections.api.endpoint import Endpoint
from connections.api.pages import page
from connections.api.schema import READING, WRITING, describe
from syncing import actions
from syncing.api import examples
from syncing.api.connecting import connect
from syncing.api.shapes import (
    ConnectionChange,
    ConnectionCreate,
    ConnectionDetail,
    ConnectionOut,
    ConnectionPage,
    ConnectionQuery,
)

FOUND = {200: ("The connection.", ConnectionDetail)}


class Connections(Endpoint):
    @describe(
        "connections_list",
        "The connections that you may see, with their sync figures",
        {200: ("Oldest first.", ConnectionPage)},
        query=[ConnectionQuery],
        problems=(*READING, 400, 404),
    )
    def get(self, request: Request) -> Response:
        asked = query(request, ConnectionQuery)
        rows = self.actor.connections().select_related("credential", "sync")
        if "provider" in asked:
            rows = rows.filter(provider=asked["provider"])
        if "sync_status" in asked:
            rows = rows.filter(sync__sync_status=asked["sync_status"])
        return Response(page(request, rows, "created_at", "id", shape=ConnectionOut))

    @describe(
        "connections_create",
        "Ask the provider, connect the account, and start its first sync",
        {201: ("Connected.", ConnectionDetail), 200: ("It was connected, and has the new login.", ConnectionDetail)},
        body=ConnectionCreate,
        problems=(*WRITING, 422),
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        return connect(self.actor, read(request, ConnectionCreate))


class OneConnection(Endpoint):
    @describe("connections_one", "One connection", FOUND, problems=(*READING, 404))
    def get(self, request: Request, connection_id: UUID) -> Response:
        return Response(ConnectionDetail(allowed_connection(self.actor, connection_id, Role.VIEWER)).data)

    @describe(
        "connections_change",
        "Rename it, pause or resume it (an operator may), set its options",
        FOUND,
        body=ConnectionChange,
        problems=(*WRITING, 404),
    )
    def patch(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        wanted = read(request, ConnectionChange)
        if set(wanted) - {"paused"}:
            require(self.actor, Role.ADMIN, connection.workspace)
        if "options" in wanted:
            wanted["options"] = connection.options | filled_in(
                "options", connection.source_class.option_fields, wanted["options"], partial=True
            )
        accounts.change(connection, self.actor, now=timezone.now(), **wanted)
        return Response(ConnectionDetail(connection).data)

    @describe(
        "connections_remove",
        "Remove it: it is out of sight at once, and its rows are deleted bit by bit",
        {204: ("Removed.", None)},
        problems=(401, 403, 404, 411, 413),
    )
    def delete(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.ADMIN)
        actions.remove(connection, self.actor, now=timezone.now())
        return Response(status=204)
