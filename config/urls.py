"""Where each address leads."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from config.documents import Schema, TryIt
from config.metrics import metrics
from connections.api.endpoint import Nowhere
from syncing.api.urls import both

urlpatterns = [
    path("", include("syncing.urls")),
    path("", include("projects.urls")),
    path("", include("connections.urls")),
    path("api/", include("syncing.api.urls")),
    path("metrics", metrics, name="metrics"),
    *both("api/schema/", Schema, "api_schema"),
    *both("api/docs/", TryIt, "api_docs"),
    re_path(r"^api(/|$)", Nowhere.as_view()),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
