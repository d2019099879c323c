"""Pages of the control room."""

from django.urls import path

from syncing.views.connection import connection
from syncing.views.job import job
from syncing.views.overview import overview

urlpatterns = [
    path("", overview, name="overview"),
    path("connections/<uuid:connection_id>/", connection, name="connection"),
    path("jobs/<uuid:job_id>/", job, name="job"),
]
