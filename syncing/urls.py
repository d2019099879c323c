"""Pages of the control room."""

from django.urls import path
from django.views.generic import RedirectView

from syncing.views import actions, control, intervals, timeline
from syncing.views.background import background
from syncing.views.changes import changes, changes_csv
from syncing.views.connection import connection
from syncing.views.coverage import coverage
from syncing.views.explain import explain, explain_stream
from syncing.views.force import force, forced
from syncing.views.history import history
from syncing.views.job import job
from syncing.views.ops import ops
from syncing.views.overview import overview
from syncing.views.preview import preview
from syncing.views.removal import remove
from syncing.views.reread import reread
from syncing.views.settings import settings
from syncing.views.start import start
from syncing.views.stop_automation import stop_automation

urlpatterns = [
    path("", overview, name="overview"),
    path("ops/", ops, name="ops"),
    path("settings", settings, name="settings"),
    path("settings/", RedirectView.as_view(pattern_name="settings", query_string=True)),
    path("settings/manual/", stop_automation, name="stop_automation"),
    path("settings/sync/", actions.sync_provider, name="sync_provider"),
    path("connections/", RedirectView.as_view(pattern_name="overview", query_string=True)),
    path("connections/<uuid:connection_id>/", connection, name="connection"),
    path("connections/<uuid:connection_id>/coverage/", coverage, name="coverage"),
    path("connections/<uuid:connection_id>/changes/", changes, name="changes"),
    path("connections/<uuid:connection_id>/changes/export.csv", changes_csv, name="changes_csv"),
    path("background/", background, name="background"),
    path("connections/<uuid:connection_id>/start/", start, name="start"),
    path("connections/<uuid:connection_id>/sync/", actions.sync_now, name="sync_now"),
    path("connections/<uuid:connection_id>/history/", control.start_history, name="start_history"),
    path("connections/<uuid:connection_id>/range/", reread, name="range"),
    path("connections/<uuid:connection_id>/preview/", preview, name="preview"),
    path("connections/<uuid:connection_id>/force/", force, name="force"),
    path("connections/<uuid:connection_id>/force/<uuid:job_id>/", forced, name="forced"),
    path("connections/<uuid:connection_id>/frequency/", actions.set_frequency, name="set_frequency"),
    path("connections/<uuid:connection_id>/pause/", actions.pause, name="pause"),
    path("connections/<uuid:connection_id>/resume/", actions.resume, name="resume"),
    path("connections/<uuid:connection_id>/timeline/", timeline.events, name="timeline"),
    path("connections/<uuid:connection_id>/remove/", remove, name="remove"),
    path("explain/<uuid:connection_id>/", explain, name="explain"),
    path("explain/<uuid:connection_id>/<str:stream>/", explain_stream, name="explain_stream"),
    path("ui/sync-intervals", intervals.intervals, name="intervals"),
    path("ui/sync-intervals/", RedirectView.as_view(pattern_name="intervals")),
    path("ui/sync-intervals/preview/", intervals.preview, name="intervals_preview"),
    path("ui/sync-intervals/defaults/", intervals.defaults, name="intervals_defaults"),
    path("ui/sync-intervals/slow-start/", intervals.slow_start, name="intervals_slow_start"),
    path("history/", history, name="history"),
    path("jobs/<uuid:job_id>/", job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", control.cancel, name="cancel_job"),
    path("jobs/<uuid:job_id>/resume/", control.resume, name="resume_job"),
    path("jobs/<uuid:job_id>/retry/", actions.retry_failed, name="retry_failed"),
]
