"""What the real service answered, as it was recorded, gives the right readings; what is missing is nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from connections.errors import NeedsReconnect, ObjectSkipped
from connections.providers.youtube.channels import handle_of, record, uploads_of
from connections.providers.youtube.errors import Fault, explain
from connections.providers.youtube.uploads import totals
from tests.connections.providers.youtube.reading import Reader

PROFILE = "https://youtube.com/@x"
DEVELOPERS, GOOGLE = "UC_x5XG1OV2P6uZZ5FSM9Ttw", "UCK8sQmJBp8GCxrOtXWBpyEA"
NOTHING: dict[str, Any] = {"followers": None, "views": None, "videos": None}

READINGS = [
    ("channel_info_single.json", 0, DEVELOPERS, {"followers": 1_927_873, "views": 160_361_638, "videos": 5026}, {}),
    ("channel_info_multi.json", 0, DEVELOPERS, NOTHING, {}),
    ("channel_info_multi.json", 1, GOOGLE, NOTHING, {}),
    ("channels/info.json", 0, DEVELOPERS, NOTHING, {}),
    (
        "channels/info_multiple.json",
        0,
        GOOGLE,
        {"followers": 10_700_000, "views": 3_331_930_783, "videos": 2678},
        {"followers": 3},
    ),
    (
        "channels/info_multiple.json",
        1,
        DEVELOPERS,
        {"followers": 2_260_000, "views": 208_790_084, "videos": 5652},
        {"followers": 3},
    ),
]


@pytest.fixture
def folder(recordings_dir: Path) -> Path:
    return recordings_dir / "social" / "youtube"


def said(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


@pytest.mark.spec("V38")
@pytest.mark.parametrize(("name", "at", "channel", "counts", "figures"), READINGS)
def test_a_recorded_channel(
    folder: Path, name: str, at: int, channel: str, counts: dict[str, Any], figures: dict[str, int]
) -> None:
    found = record(PROFILE, said(folder, name)["items"][at])
    assert (found["external_id"], found["state"]) == (channel, "ok")
    assert found["name"].startswith("Google")
    assert {metric: found[metric] for metric in counts} == counts
    assert (found["likes"], found["comments"], found["following"]) == (None, None, None)
    assert found["figures"] == figures


def test_handles_and_uploads_of_recorded_channels(folder: Path) -> None:
    items = said(folder, "channels/info_multiple.json")["items"]
    assert [handle_of(item) for item in items] == ["@google", "@googledevelopers"]
    assert [uploads_of(item) for item in items] == [f"UU{GOOGLE[2:]}", f"UU{DEVELOPERS[2:]}"]
    old = said(folder, "channel_info_multi.json")["items"]
    assert [handle_of(item) for item in old] == ["", ""], "a name of the time before handles"


def test_recorded_errors_are_known(folder: Path) -> None:
    kinds = {"error_response.json": NeedsReconnect, "error_permission_resp.json": ObjectSkipped}
    for name, kind in kinds.items():
        body = said(folder, name)
        assert type(explain(Fault.of(body["error"]["code"], body, "", {}))) is kind


def test_the_sandbox_has_the_fields_of_a_recorded_channel(folder: Path, reader: Reader) -> None:
    real = said(folder, "channels/info_multiple.json")["items"][0]
    (mine,) = reader.source().api.channels(forHandle="@alma_bakes")
    assert mine.keys() <= real.keys()
    for part in ("contentDetails", "statistics"):
        assert mine[part].keys() == real[part].keys()
        assert {name: type(value) for name, value in mine[part].items()} == {
            name: type(value) for name, value in real[part].items()
        }


def test_recorded_videos_without_statistics_leave_no_sum(folder: Path) -> None:
    class Recorded:
        at_once = 50

        def uploads(self, playlist: str, token: str) -> tuple[list[str], str]:
            body = said(folder, f"playlist_items/playlist_items_paged_{2 if token else 1}.json")
            return [item["snippet"]["resourceId"]["videoId"] for item in body["items"]], body.get("nextPageToken", "")

        def videos(self, ids: list[str]) -> Any:
            assert ids
            return said(folder, "videos/videos_info_multi.json")["items"]

    channel = said(folder, "channels/info_multiple.json")["items"][0] | {"statistics": {"videoCount": "13"}}
    assert totals(Recorded(), channel) == {"likes": None, "comments": None}
