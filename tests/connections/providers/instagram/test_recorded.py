"""What the real service answered, as it was recorded, gives the right readings; what is missing is nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from connections.providers.instagram.answers import record
from connections.providers.instagram.sandbox.fields import Field, parsed
from tests.connections.providers.instagram.reading import Reader

PROFILE = "https://instagram.com/x"


def said(recordings_dir: Path, name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((recordings_dir / "social" / "instagram" / name).read_text())
    return body


@pytest.mark.spec("V38")
def test_a_recorded_account(recordings_dir: Path) -> None:
    found = record(PROFILE, said(recordings_dir, "discovery/user_fields.json")["business_discovery"])
    assert (found["name"], found["external_id"]) == ("Facebook for Developers", "17841407673135339")
    assert (found["followers"], found["videos"]) == (64_976, 436)
    assert (found["following"], found["views"], found["likes"], found["comments"]) == (None,) * 4


@pytest.mark.parametrize(
    "name",
    [f"discovery/{name}.json" for name in ("medias_p1", "medias_p2", "discovery_medias_p1", "discovery_medias_p2")],
)
def test_recorded_posts_are_summed_only_where_they_are_all_there(recordings_dir: Path, name: str) -> None:
    answer = said(recordings_dir, name)["business_discovery"]
    posts = answer["media"]["data"]
    assert record(PROFILE, answer)["likes"] is None, "nobody says how many there are"
    assert record(PROFILE, answer | {"media_count": len(posts) + 1})["comments"] is None
    whole = record(PROFILE, answer | {"media_count": len(posts)})
    assert whole["likes"] == sum(post["like_count"] for post in posts) > 0
    assert whole["comments"] == sum(post["comments_count"] for post in posts) > 0


def test_the_sandbox_has_the_fields_of_a_recorded_account(recordings_dir: Path, reader: Reader) -> None:
    real = said(recordings_dir, "discovery/user_fields.json")
    asked = "business_discovery.username(junglejon){id,biography,name,username,followers_count,media_count}"
    mine = reader.source().api.get("17841400000000001", fields=asked)
    assert mine.keys() == real.keys()
    assert mine["business_discovery"].keys() == real["business_discovery"].keys() - {"profile_picture_url"}
    for name, value in mine["business_discovery"].items():
        assert type(value) is type(real["business_discovery"][name])


def test_questions_are_taken_apart() -> None:
    assert parsed("id,a.username(b.c){d,e.limit(5){f}},g") == [
        Field("id"),
        Field("a", "b.c", "d,e.limit(5){f}"),
        Field("g"),
    ]
