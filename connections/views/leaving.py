"""Let the forms of a page lead to a provider's own sign-in page, which the content policy refuses everywhere else."""

from django.conf import settings
from django.http import HttpResponse

from connections import asking


def lets_leave(page: HttpResponse, provider: str) -> HttpResponse:
    """Browsers hold a form to the policy of its page also where the answers to it send them on: there, and back."""
    if offered := asking.oauth(provider):
        origins = [*offered.origins(settings.PROVIDERS[provider]), settings.PUBLIC_URL]
        page._csp_update = {"form-action": origins}  # type: ignore[attr-defined]
    return page
