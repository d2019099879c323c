"""Give a connection another name and other options."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections import accounts
from connections.access import Role, actor_of, allowed_connection
from connections.forms import DetailsForm, posted


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.ADMIN)
    held = {**connection.options, "name": connection.name}
    form = DetailsForm(connection.source_class, posted(request), initial=held)
    if request.method == "POST" and form.is_valid():
        options = connection.options | form.option_values
        accounts.change(connection, actor, now=timezone.now(), name=form.cleaned_data["name"], options=options)
        messages.success(request, "Saved. The next sync reads recent days by it; older days stay as they were read.")
        return redirect("connection", connection.pk)
    shown = {"form": form, "connection": connection, "label": connection.provider_label}
    return render(request, "connections/edit.html", shown)
