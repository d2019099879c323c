"""The settings of one project of creators: which number stands, when a rise is sudden, and whether it is active."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections.access import Role, actor_of, require
from connections.screen import SignedInRequest, show
from projects.creators import actions
from projects.creators.answers import Outdated
from projects.creators.arranging import Arrangement
from projects.creators.forms import ArrangementForm
from projects.creators.sheets import find_project, in_project


@require_http_methods(["GET", "HEAD", "POST"])
def creators_project(request: SignedInRequest, tab_id: int) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    project = find_project(actor, tab_id)
    workspace = project.connection.workspace
    require(actor, Role.OPERATOR, workspace)
    form = ArrangementForm(Arrangement.of(project), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.arrange(actor, project, form.wanted, seen=form.cleaned_data["seen"], now=now)
        except Outdated as late:
            messages.error(request, f"{late}. Nothing was changed: these are the settings as they are now.")
            return HttpResponseRedirect(reverse("creators_project", args=[project.pk]))
        messages.success(request, f"Saved. All accounts of {project} without a rule of their own follow these.")
        return HttpResponseRedirect(f"{reverse('creators')}?project={project.pk}")
    context = {"project": project, "form": form, "count": in_project(project).count()}
    return show(request, "projects/creators_project.html", context, workspace=workspace, now=now)
