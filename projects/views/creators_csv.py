"""The accounts that the list of creators shows, all pages of them, as a file for a spreadsheet."""

from django.http import HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest
from projects.creators.export import csv_lines
from projects.creators.forms import AccountsForm
from projects.views.creators import found_by


@require_safe
def creators_csv(request: SignedInRequest) -> HttpResponseBase:
    now, actor = timezone.now(), actor_of(request)
    form = AccountsForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest(" ".join(form.sentences()), content_type="text/plain; charset=utf-8")
    project, found = found_by(actor, form)
    named = slugify(str(project), allow_unicode=True)[:60] if project else ""
    answer = StreamingHttpResponse(csv_lines(found, now), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, f"creators{'_' if named else ''}{named}.csv")
    answer["Cache-Control"] = "private, no-store"
    return answer
