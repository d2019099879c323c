"""Calls about asynchronous reports: asked for by POST, looked at until they are done, then read like any insights."""

from datetime import timedelta
from typing import Any

from connections.providers.meta.sandbox.errors import bad_parameter, graph_error, object_missing
from connections.providers.meta.sandbox.fields import parse_fields
from connections.providers.meta.sandbox.insights import insights_page, validate
from connections.providers.meta.sandbox.periods import date_range
from connections.providers.meta.sandbox.reports import Course, Report
from connections.providers.meta.sandbox.request import GraphRequest

SECRETS = frozenset({"access_token", "appsecret_proof"})
TIMES = ("time_ref", "time_completed", "date_start", "date_stop")
DEFAULT_FIELDS = ("id", "account_id", "async_status", "async_percent_completion", *TIMES)
ERROR_FIELDS = ("error_code", "error_message", "error_subcode", "error_user_title", "error_user_msg")
KNOWN = {*DEFAULT_FIELDS, *ERROR_FIELDS, "is_running"}


def ask(request: GraphRequest) -> dict[str, Any]:
    """POST <account>/insights. What is wrong with the question is said at once."""
    validate(request)
    params = {name: value for name, value in request.params.items() if name not in SECRETS}
    course = Course.of(request.rules, request.account.report_seconds)
    report = request.world.reports.add(request.account.account_id, params, request.instant, course)
    return {"report_run_id": report.id}


def status(request: GraphRequest) -> dict[str, Any]:
    report = _report(request)
    names = [wished.name for wished in parse_fields(request.params.get("fields", ""))] or list(DEFAULT_FIELDS)
    if unknown := [name for name in names if name not in KNOWN]:
        raise bad_parameter(f"Tried accessing nonexisting field ({unknown[0]}) on node type (AdReportRun)")
    told = _everything(request, report)
    return {name: told[name] for name in names if name in told} | {"id": report.id}


def rows(request: GraphRequest) -> dict[str, Any]:
    """As they stood when the report was asked for, however late they are read."""
    report = _report(request)
    if report.status(request.instant) != "Job Completed":
        raise graph_error("2601")
    now = report.asked_at.replace(second=0, microsecond=0)
    asked = request.asking({**report.params, **request.params}, now)
    return insights_page(asked).payload(request)


def _report(request: GraphRequest) -> Report:
    identifier = request.path.partition("/")[0]
    report = request.world.reports.get(identifier)
    if report is None or not report.is_known(request.instant):
        raise object_missing(identifier)
    return report


def _everything(request: GraphRequest, report: Report) -> dict[str, Any]:
    now = request.instant
    since, until = date_range(report.params, request.account, report.asked_at)
    told = {
        "account_id": report.account_id,
        "time_ref": int(report.asked_at.timestamp()),
        "async_status": report.status(now),
        "async_percent_completion": report.percent(now),
        "is_running": not report.has_ended(now),
        "date_start": since.isoformat(),
        "date_stop": until.isoformat(),
    }
    if report.has_ended(now):
        ended_at = report.asked_at + timedelta(seconds=report.course.seconds)
        told |= {"time_completed": int(ended_at.timestamp()), **_error(report)}
    return told


def _error(report: Report) -> dict[str, Any]:
    if report.course.ends != "failed" or not report.course.error:
        return {}
    error = graph_error(report.course.error).error
    renamed = {"error_code": error.get("code"), "error_message": error.get("message")}
    return {name: value for name, value in {**error, **renamed}.items() if name in ERROR_FIELDS}
