"""Pages over the synced data."""

from django.urls import path

from projects.views.ads import ads
from projects.views.ads_csv import ads_csv
from projects.views.creator import creator
from projects.views.creator_answers import creator_answer, creator_rule, creators_answer_all
from projects.views.creators import creators
from projects.views.creators_conflicts import creators_conflicts
from projects.views.creators_csv import creators_csv
from projects.views.creators_project import creators_project
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
    path("creators/", creators, name="creators"),
    path("creators/export.csv", creators_csv, name="creators_csv"),
    path("creators/conflicts/", creators_conflicts, name="creators_conflicts"),
    path("creators/projects/<int:tab_id>/", creators_project, name="creators_project"),
    path("creators/projects/<int:tab_id>/answer", creators_answer_all, name="creators_answer_all"),
    path("creators/<int:account_id>/", creator, name="creator"),
    path("creators/<int:account_id>/answer", creator_answer, name="creator_answer"),
    path("creators/<int:account_id>/rule", creator_rule, name="creator_rule"),
    path("projects/", projects, name="projects"),
    path(f"{PROJECT}/parts.csv", project_csv, name="project_csv"),
    path(f"{PROJECT}/", project, name="project"),
    path(f"{ELEVATION}/parts.csv", elevation_csv, name="elevation_csv"),
    path(f"{ELEVATION}/thumbnail.png", thumbnail, name="thumbnail"),
    path(f"{ELEVATION}/", elevation, name="elevation"),
]
