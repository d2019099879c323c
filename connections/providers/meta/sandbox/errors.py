"""The errors that the Graph API answers with: status, body and headers, by name."""

from collections.abc import Mapping
from typing import Any

from connections.sandbox.exchange import Reply, json_reply

DOCS = "https://developers.facebook.com/docs/graph-api"
TOO_MANY = "Wait a bit and try again. For more info, please refer to " + DOCS + "/overview/rate-limiting."


class GraphError(Exception):
    """An answer with an `error` object in place of data."""

    def __init__(self, status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = dict(error)
        self.headers = dict(headers or {})

    def reply(self, trace_id: str) -> Reply:
        traced = {**self.error, "fbtrace_id": trace_id} if "type" in self.error else self.error
        return json_reply({"error": traced}, self.status, self.headers)


def graph_error(name: str, **changes: Any) -> GraphError:
    """The error of that name, with some of its fields changed: graph_error("100-33", message="...")."""
    if name not in CATALOGUE:
        raise LookupError(f"There is no error {name!r}. Known are: {', '.join(sorted(CATALOGUE))}.")
    status, error = CATALOGUE[name]
    return GraphError(status, {**error, **changes})


def _error(
    status: int, code: int, message: str, *, kind: str = "OAuthException", subcode: int | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    numbered = {"error_subcode": subcode} if subcode is not None else {}
    return status, {"message": message, "type": kind, "code": code, **numbered, **more}


def _token(message: str, subcode: int | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
    return _error(400, 190, message, subcode=subcode, **more)


CATALOGUE: dict[str, tuple[int, dict[str, Any]]] = {
    # Limits
    "4": _error(400, 4, "(#4) Application request limit reached", subcode=1504022, is_transient=True),
    "17": _error(
        400,
        17,
        "(#17) User request limit reached",
        subcode=2446079,
        is_transient=False,
        error_user_title="Ad Account Has Too Many API Calls",
    ),
    "17-transient": _error(400, 17, "(#17) User request limit reached", is_transient=True),
    "32": _error(400, 32, "(#32) Page request limit reached"),
    "341": _error(400, 341, "(#341) Application limit reached"),
    "613": _error(400, 613, "(#613) Calls to this api have exceeded the rate limit."),
    "613-1487742": _error(400, 613, "(#613) There have been too many calls from this ad-account.", subcode=1487742),
    "80000": _error(
        400, 80000, f"(#80000) There have been too many calls from this ad-account. {TOO_MANY}", subcode=2446079
    ),
    "80004": _error(
        400, 80004, f"(#80004) There have been too many calls to this ad-account. {TOO_MANY}", subcode=2446079
    ),
    # Passing trouble
    "1": (500, {"code": 1, "message": "An unknown error occurred"}),
    "1-99": (500, {"code": 1, "message": "An unknown error occurred", "error_subcode": 99}),
    "1-2853001": _error(
        400,
        1,
        "An unknown error occurred",
        subcode=2853001,
        error_user_title="profile is not linked to delegate page",
        is_transient=False,
    ),
    "2": _error(400, 2, "(#2) Service temporarily unavailable", is_transient=True),
    "2-1504043": _error(400, 2, "(#2) Service temporarily unavailable", subcode=1504043, is_transient=True),
    "100-summary": _error(
        400, 100, "(#100) Cannot include reach in summary param because they weren't there while creating the report."
    ),
    "2601": _error(
        400,
        2601,
        "Error accessing adreport job.",
        subcode=1815107,
        is_transient=True,
        error_user_title="Loading Async Ads Report Failed",
        error_user_msg="Sorry, the report cannot be loaded successfully. Please check if your job status is completed "
        "instead of failed or running before fetching the data.",
    ),
    "-2-2490547": _error(400, -2, "Report generation failed", subcode=2490547, is_transient=True),
    # Too much
    "reduce-data": (
        500,
        {"code": 1, "message": "Please reduce the amount of data you're asking for, then retry your request"},
    ),
    "100-1487534": _error(
        400,
        100,
        "Invalid parameter",
        subcode=1487534,
        is_transient=False,
        error_user_title="Too Much Data",
        error_user_msg="Please reduce the amount of data you are asking for, then retry your request.",
    ),
    "100-1504018": _error(400, 100, "Request timed out", subcode=1504018, is_transient=False),
    "2-1504038": _error(400, 2, "Request timed out", subcode=1504038, is_transient=False),
    # The request is wrong
    "2-1504041": _error(400, 2, "Invalid breakdowns", subcode=1504041, is_transient=False),
    "2-1504042": _error(400, 2, "Invalid custom metrics", subcode=1504042, is_transient=False),
    "100": _error(400, 100, "(#100) Invalid parameter"),
    "100-36007": _error(400, 100, "This authorization code has expired.", subcode=36007),
    "100-36008": _error(
        400,
        100,
        "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in "
        "the OAuth dialog request",
        subcode=36008,
    ),
    "100-36009": _error(400, 100, "This authorization code has been used.", subcode=36009),
    "100-1487561": _error(
        400,
        100,
        "Invalid parameter",
        subcode=1487561,
        is_transient=False,
        error_user_title="Run Status not valid",
        error_user_msg="Only certain values may be specified for run status.  The value specified was invalid.",
    ),
    "100-1815001": _error(
        400,
        100,
        "Invalid parameter",
        subcode=1815001,
        is_transient=False,
        error_user_title="Cannot Request for Deleted Objects",
        error_user_msg="Requesting for deleted objects is not supported in this endpoint.",
    ),
    "2635": _error(
        400,
        2635,
        "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: v26.0.",
    ),
    "2500": _error(400, 2500, "An active access token must be used to query information about the current user."),
    "3018": _error(
        400, 3018, "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
    ),
    # One object
    "100-33": _error(
        400,
        100,
        "Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, "
        f"or does not support this operation. Please read the Graph API documentation at {DOCS}",
        kind="GraphMethodException",
        subcode=33,
    ),
    "100-2446289": _error(
        400,
        100,
        "Invalid parameter",
        subcode=2446289,
        is_transient=False,
        error_user_title="Ad Creative Is Incomplete",
        error_user_msg="The post you selected for your ad is not available. It could be deleted or you might not have "
        "permissions to see it. Please check your ad creative and try again.",
    ),
    # Permission
    "3": _error(400, 3, "(#3) Application does not have the capability to make this API call."),
    "10": _error(403, 10, "(#10) Application does not have permission for this action"),
    "100-permissions": _error(400, 100, "(#100) Missing permissions"),
    "200": _error(403, 200, "(#200) Requires business_management permission to manage the object"),
    "368": _error(403, 368, "The action attempted has been deemed abusive or is otherwise disallowed"),
    # The token
    "102": _error(401, 102, "Session key invalid or no longer valid"),
    "190": _token("Invalid OAuth access token - Cannot parse access token"),
    "190-458": _token("Error validating access token: The user has not authorized application 2001.", 458),
    "190-459": _token(
        "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
        459,
        error_data='{"checkpoint_url":"https:\\/\\/www.facebook.com"}',
    ),
    "190-460": _token(
        "Error validating access token: The session has been invalidated because the user changed their password "
        "or Facebook has changed the session for security reasons.",
        460,
    ),
    "190-463": _token("Error validating access token: Session has expired on Tuesday, 03-Mar-26 11:00:00 PST.", 463),
    "190-464": _token("Error validating access token: Sessions for the user are not allowed.", 464),
    "190-467": _token("Error validating access token: This may be because the user logged out.", 467),
    "190-492": _token("Error validating access token: Invalid session.", 492),
    "190-493": _token("The access token is invalid since the user hasn't engaged the app in longer than 90 days.", 493),
}


def object_missing(identifier: str) -> GraphError:
    return graph_error("100-33", message=str(CATALOGUE["100-33"][1]["message"]).format(id=identifier))


def bad_parameter(sentence: str) -> GraphError:
    return graph_error("100", message=f"(#100) {sentence}")
