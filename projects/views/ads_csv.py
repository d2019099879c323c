"""The numbers of the ads as a file for a spreadsheet, sent while it is made."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest
from projects.forms import AdsForm
from projects.numbers.export import file_name, lines
from projects.numbers.held import held
from projects.numbers.matched import match
from projects.numbers.totals import currencies
from projects.views.ads import accounts_of


@require_safe
def ads_csv(request: SignedInRequest) -> HttpResponseBase:
    form = AdsForm(request.GET, accounts_of(actor_of(request)), timezone.now())
    if not form.is_valid():
        return HttpResponse("\n".join(form.sentences()), status=400, content_type="text/plain; charset=utf-8")
    question, asked = form.question(), form.cleaned_data
    by_day = asked["by"] == "day"
    several = len(currencies(question)) > 1
    matched = match(question, held(question, asked["compare"]), asked["compare"], form.todays)
    answer = StreamingHttpResponse(
        lines(question, matched, by_day=by_day, sort=asked["sort"], several_currencies=several),
        content_type="text/csv; charset=utf-8",
    )
    answer["Content-Disposition"] = content_disposition_header(True, file_name(question, by_day=by_day))
    answer["Cache-Control"] = "private, no-store"
    return answer
