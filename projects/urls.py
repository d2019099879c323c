"""Pages over the synced data."""

from django.urls import path

from projects.views.ads import ads
from projects.views.ads_csv import ads_csv
from projects.views.tree import projects
from projects.views.tree_csv import elevation_csv, project_csv
from projects.views.tree_elevation import elevation
from projects.views.tree_project import project
from projects.views.tree_thumbnail import thumbnail

PROJECT = "projects/<uuid:connection_id>/projects/<str:project_id>"
ELEVATION = "projects/<uuid:connection_id>/elevations/<str:elevation_id>"

urlpatterns = [
    path("ads/", ads, name="ads"),
    path("ads/export.csv", ads_csv, name="ads_csv"),
    path("projects/", projects, name="projects"),
    path(f"{PROJECT}/parts.csv", project_csv, name="project_csv"),
    path(f"{PROJECT}/", project, name="project"),
    path(f"{ELEVATION}/parts.csv", elevation_csv, name="elevation_csv"),
    path(f"{ELEVATION}/thumbnail.png", thumbnail, name="thumbnail"),
    path(f"{ELEVATION}/", elevation, name="elevation"),
]
