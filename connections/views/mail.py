"""Of what a person hears by mail, in each of their workspaces."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections import people
from connections.access import actor_of
from connections.models import Membership
from connections.screen import SignedInRequest

Choice = Membership.Mail


@dataclass(frozen=True)
class Offer:
    value: str
    label: str
    meaning: str


OFFERS = (
    Offer(Choice.NEVER, "Never", "No mail at all."),
    Offer(Choice.FAILURES, "When a sync fails", "Once, and not at every further try; and again when syncs work."),
    Offer(
        Choice.COMPLETION,
        "When history is complete",
        "When the recent data of a new account is ready, and when all of its history is read.",
    ),
    Offer(Choice.ALL, "Both", "When a sync fails, and when history is complete."),
)


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: SignedInRequest) -> HttpResponse:
    mine = Membership.objects.filter(user=request.user).select_related("workspace")
    if request.method == "POST":
        return _save(request, mine)
    shown = {
        "memberships": mine.order_by("workspace__name", "pk"),
        "offers": OFFERS,
        "sends_mail": settings.SENDS_MAIL,
        "address": request.user.email,
    }
    return render(request, "connections/mail.html", shown)


def _save(request: SignedInRequest, mine: QuerySet[Membership]) -> HttpResponse:
    asked = request.POST.get("workspace", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 16
    membership = get_object_or_404(mine, workspace=int(asked) if is_number else 0)
    offer = next((each for each in OFFERS if each.value == request.POST.get("mail")), None)
    if offer is None:
        messages.error(request, "Nothing was saved. Choose one of the four.")
        return redirect("mail")
    people.set_mail(membership, Choice(offer.value), actor=actor_of(request), now=timezone.now())
    messages.success(request, f"Saved. {membership.workspace}: {offer.label.lower()}.")
    return redirect("mail")
