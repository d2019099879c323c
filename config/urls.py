"""Where each address leads."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("syncing.urls")),
    path("", include("connections.urls")),
    path("admin/", admin.site.urls),
]
