"""The buttons beside counts: keep one side's number, type one, or choose the rule."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from connections.access import Actor, Role, actor_of, require
from connections.screen import SignedInRequest
from projects.creators import actions
from projects.creators.answers import NoCount, NothingToAccept, Outdated
from projects.creators.cells import RULES
from projects.creators.forms import AnswerForm, AnswersForm, RuleForm
from projects.creators.sheets import find_account, find_project, in_project
from projects.models import CreatorAccount

LOOK_AGAIN = "Nothing was changed. Look at the numbers as they are now, then answer again."


@require_POST
def creator_answer(request: SignedInRequest, account_id: int) -> HttpResponse:
    actor, account = _allowed(request, account_id)
    form = AnswerForm(request.POST)
    with _told(request):
        _check(form)
        given = form.given()
        after = actions.answer(actor, account, given, now=timezone.now())
        count = getattr(after, given.metric)
        messages.success(
            request, f"Saved. {_named(account)} has {count:,} {given.metric} now, until a side says something new."
        )
    return _back(request, reverse("creator", args=[account.pk]))


@require_POST
def creator_rule(request: SignedInRequest, account_id: int) -> HttpResponse:
    actor, account = _allowed(request, account_id)
    form = RuleForm(request.POST)
    with _told(request):
        _check(form)
        metric, policy = form.cleaned_data["metric"], form.policy_chosen
        after = actions.choose_policy(actor, account, metric, policy, now=timezone.now())
        rule = RULES[policy] if policy else "as its project does"
        stands = getattr(after, metric)
        said = "no number" if stands is None else f"{stands:,}"
        messages.success(request, f"Saved. {metric.capitalize()} of {_named(account)}: {rule}. It stands at {said}.")
    return _back(request, reverse("creator", args=[account.pk]))


@require_POST
def creators_answer_all(request: SignedInRequest, tab_id: int) -> HttpResponse:
    """The questions of one project that were on the page."""
    actor = actor_of(request)
    project = find_project(actor, tab_id)
    require(actor, Role.OPERATOR, project.connection.workspace)
    form = AnswersForm(request.POST)
    with _told(request):
        _check(form)
        given = form.given(request.POST.getlist("asked"))
        inside = set(in_project(project).filter(pk__in=[pk for pk, _ in given]).values_list("pk", flat=True))
        outcome = actions.answer_all(actor, project, [each for each in given if each[0] in inside], now=timezone.now())
        _say(request, outcome)
    return _back(request, reverse("creators_conflicts"))


def _allowed(request: SignedInRequest, account_id: int) -> tuple[Actor, CreatorAccount]:
    actor = actor_of(request)
    account = find_account(actor, account_id)
    require(actor, Role.OPERATOR, account.connection.workspace)
    return actor, account


def _check(form: forms.Form) -> None:
    if not form.is_valid():
        raise forms.ValidationError([sentence for each in form.errors.values() for sentence in each][-1])


@contextmanager
def _told(request: SignedInRequest) -> Iterator[None]:
    """What cannot be done is said in a sentence."""
    try:
        yield
    except forms.ValidationError as mistake:
        messages.error(request, mistake.message)
    except Outdated as late:
        messages.error(request, f"{late}. {LOOK_AGAIN}")
    except (NothingToAccept, NoCount) as refusal:
        messages.error(request, f"{refusal} Nothing was changed.")


def _say(request: SignedInRequest, outcome: actions.Outcome) -> None:
    if outcome.answered:
        messages.success(request, f"{outcome.answered} question{'' if outcome.answered == 1 else 's'} answered.")
    if outcome.outdated:
        are = "was" if outcome.outdated == 1 else "were"
        messages.warning(
            request, f"{outcome.outdated} {are} left: answered in the meantime, or other numbers stand by now."
        )
    if not outcome.answered and not outcome.outdated:
        messages.info(request, "There was nothing to answer.")


def _named(account: CreatorAccount) -> str:
    return account.username or str(account)


def _back(request: SignedInRequest, usual: str) -> HttpResponseRedirect:
    asked = request.POST.get("next", "")
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return HttpResponseRedirect(asked if is_ours else usual)
