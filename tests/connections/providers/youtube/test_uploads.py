"""Likes and comments, added up from all public videos where somebody wants that; or nothing, and never a part."""

import pytest

from connections.providers.youtube.uploads import MOST_VIDEOS
from tests.connections.providers.youtube.reading import Reader

ALMA = "@alma_bakes"


def added_up(reader: Reader, **wishes: object) -> tuple[int | None, int | None]:
    reader.youtube.set(ALMA, **wishes)
    reader.youtube.calls.clear()
    found = reader.read(ALMA, adding_up=True)[ALMA]
    assert found["state"] == "ok"
    return found["likes"], found["comments"]


@pytest.mark.spec("V38")
@pytest.mark.parametrize("videos", [1, 50, 51, 120])
def test_they_are_those_of_all_videos(reader: Reader, videos: int) -> None:
    channel = reader.youtube.channels[ALMA]
    statistics = [channel.video(number)["statistics"] for number in range(1, videos + 1)]
    expected = tuple(sum(int(each[name]) for each in statistics) for name in ("likeCount", "commentCount"))
    assert added_up(reader, videos=videos) == expected
    pages = -(-videos // 50)
    assert len(reader.youtube.calls.all()) == 1 + 2 * pages


@pytest.mark.parametrize(("videos", "counts"), [(0, (0, 0)), (MOST_VIDEOS + 1, (None, None)), (None, (None, None))])
def test_none_and_too_many_take_no_call(reader: Reader, videos: int | None, counts: tuple[int | None, ...]) -> None:
    assert added_up(reader, videos=videos) == counts
    assert len(reader.youtube.calls.all()) == 1


@pytest.mark.spec("V38")
def test_one_video_that_hides_its_likes_leaves_no_sum(reader: Reader) -> None:
    likes, comments = added_up(reader, videos=60, hides_likes=True)
    assert likes is None
    assert comments is not None


def test_a_list_that_nobody_may_see_leaves_no_sum(reader: Reader) -> None:
    reader.youtube.faults.add({"kind": "error", "error": "forbidden", "path": "/playlistItems"})
    assert added_up(reader, videos=60) == (None, None)


def test_a_channel_whose_videos_cannot_be_read_now_has_failed_and_the_others_go_on(reader: Reader) -> None:
    uploads = reader.youtube.channels[ALMA].uploads
    reader.youtube.faults.add({"kind": "error", "error": "server", "where": {"playlistId": uploads}})
    found = reader.read(ALMA, "@islandida", adding_up=True)
    assert (found[ALMA]["state"], found["@islandida"]["state"]) == ("failed", "ok")


def test_unless_it_is_wanted_no_video_is_asked_for(reader: Reader) -> None:
    assert reader.read(ALMA)[ALMA]["likes"] is None
    assert {call.path for call in reader.youtube.calls.all()} == {"/youtube/v3/channels"}
