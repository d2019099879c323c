"""What Google Ads refuses, sorted by what to do next: by code, and where there is none by the status of gRPC."""

from datetime import timedelta

import pytest

from connections.errors import Misconfigured, NeedsReconnect, SyncError, TooMuchData, Transient
from connections.providers.google_ads import errors
from connections.providers.google_ads.errors import AccessDenied, AccountOff, ProjectRefused, TokenRefused
from connections.providers.google_ads.faults import LIMITS, Fault
from connections.providers.google_ads.login import HIDDEN, Login
from connections.providers.google_ads.names import call_limits, customer_id, project_bucket
from connections.sources import CallLimit
from tests.connections.providers.google_ads.reading import NOW


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("authentication_error.OAUTH_TOKEN_REVOKED", NeedsReconnect),
        ("authentication_error.OAUTH_TOKEN_INVALID", TokenRefused),
        ("authentication_error.GOOGLE_ACCOUNT_DELETED", NeedsReconnect),
        ("authentication_error.NOT_ADS_USER", NeedsReconnect),
        ("authentication_error.TWO_STEP_VERIFICATION_NOT_ENROLLED", NeedsReconnect),
        ("authentication_error.SOMETHING_NEW", NeedsReconnect),
        ("authentication_error.CUSTOMER_NOT_FOUND", AccountOff),
        ("authorization_error.CUSTOMER_NOT_ENABLED", AccountOff),
        ("authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", AccountOff),
        ("authorization_error.USER_PERMISSION_DENIED", AccessDenied),
        ("authorization_error.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION", AccessDenied),
        ("authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", ProjectRefused),
        ("authorization_error.PROJECT_DISABLED", ProjectRefused),
        ("quota_error.ACCESS_PROHIBITED", ProjectRefused),
        ("query_error.UNRECOGNIZED_FIELD", Misconfigured),
        ("query_error.REQUESTED_METRICS_FOR_MANAGER", Misconfigured),
        ("request_error.UNSUPPORTED_VERSION", Misconfigured),
        ("date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED", Misconfigured),
        ("internal_error.INTERNAL_ERROR", Transient),
        ("internal_error.TRANSIENT_ERROR", Transient),
        ("brand_new_error.42", Transient),
    ],
)
def test_a_code_says_what_to_do(code: str, family: type[SyncError]) -> None:
    found = errors.explain(Fault("INTERNAL", (code,), "Words of Google."))
    assert type(found) is family
    assert (found.code, found.original) == (code, "Words of Google.")
    assert found.remedy or family is Transient


@pytest.mark.parametrize(
    ("status", "message", "family"),
    [
        ("UNAVAILABLE", "Getting metadata from plugin failed: ('invalid_grant: revoked')", NeedsReconnect),
        ("UNAVAILABLE", "failed to connect to all addresses", Transient),
        ("UNAUTHENTICATED", "", TokenRefused),
        ("PERMISSION_DENIED", "", AccessDenied),
        ("INVALID_ARGUMENT", "", Misconfigured),
        ("UNIMPLEMENTED", "", Misconfigured),
        ("ABORTED", "", Transient),
        ("UNKNOWN", "", Transient),
    ],
)
def test_without_a_code_the_status_does(status: str, message: str, family: type[SyncError]) -> None:
    assert type(errors.explain(Fault(status, message=message))) is family


def test_a_question_that_takes_too_long_is_asked_in_halves_where_it_has_some() -> None:
    late = Fault("DEADLINE_EXCEEDED")
    assert type(errors.explain(late, divisible=True)) is TooMuchData
    assert type(errors.explain(late)) is Transient
    assert type(errors.explain(Fault("UNAVAILABLE"), divisible=True)) is Transient


def test_of_several_codes_the_first_known_one_counts() -> None:
    found = errors.explain(Fault("INVALID_ARGUMENT", ("new_error.7", "authorization_error.USER_PERMISSION_DENIED")))
    assert type(found) is AccessDenied


@pytest.mark.parametrize("code", sorted(LIMITS))
def test_a_limit_is_one_whatever_its_status(code: str) -> None:
    assert Fault("UNKNOWN", (code,)).is_limit
    assert not Fault("RESOURCE_EXHAUSTED", ("quota_error.ACCESS_PROHIBITED",)).is_limit
    assert Fault("RESOURCE_EXHAUSTED").is_limit


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(None, 60), (timedelta(seconds=40_591), 40_591), (timedelta(days=9), 86_400), (timedelta(), 60)],
)
def test_a_told_time_holds_for_up_to_a_day(told: timedelta | None, seconds: int) -> None:
    assert errors.told_until(Fault("", retry_delay=told), NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("level", "an_hour"), [("explorer", 120), ("basic", 625), ("standard", None)])
def test_the_budget_is_the_projects_and_leaves_room_for_people(level: str, an_hour: int | None) -> None:
    settings = {"client_id": "4711-abc.apps.example", "access_level": level}
    by_hand = call_limits("2220002220", settings, scheduled=False)
    assert by_hand == [CallLimit("google_ads_2220002220"), CallLimit("google_project_4711", an_hour)]
    own = [limit.per_hour for limit in call_limits("2220002220", settings, scheduled=True)][2:]
    assert own == ([an_hour * 4 // 5] if an_hour else [])


def test_installations_with_the_same_project_share_a_bucket() -> None:
    assert project_bucket({"client_id": "4711-one.apps"}) == project_bucket({"client_id": "4711-two.apps"})
    assert "secret" not in project_bucket({"client_id": "secret.apps"})


@pytest.mark.parametrize("typed", ["", "123", "123-456-789O", "12345678901", "act_1234567890", "١٢٣٤٥٦٧٨٩٠"])
def test_what_is_no_number_of_an_account_is_refused(typed: str) -> None:
    with pytest.raises(Misconfigured):
        customer_id(typed)
    assert customer_id(" 123-456-7890 ") == "1234567890"


def test_what_is_quoted_of_google_holds_no_secret() -> None:
    login = Login("sandbox-refresh", "4711", "sandbox-client", "http://localhost/token")
    assert login.scrub("a sandbox-refresh and a sandbox-client") == f"a {HIDDEN} and a {HIDDEN}"
    assert "sandbox" not in repr(login)
