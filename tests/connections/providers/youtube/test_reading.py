"""Channels become readings: how they are looked up, what each says, and that one bad channel stops no other."""

from typing import Any

import pytest

from connections.errors import Transient
from connections.providers.youtube.addresses import NO_LOOK_UP
from connections.providers.youtube.reading import A_BATCH, NOBODY
from tests.connections.providers.youtube.reading import Reader

ALMA = "@alma_bakes"


def counts(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("followers", "views", "videos", "likes", "comments", "following")}


@pytest.mark.spec("V38")
def test_a_channel_says_what_everybody_may_see(reader: Reader) -> None:
    reader.youtube.set(ALMA, subscribers=1_234_567, views=98_765_432_109, videos=321)
    found = reader.read(ALMA)[ALMA]
    assert (found["state"], found["reason"], found["name"]) == ("ok", "", "Alma Bakes")
    assert (found["followers"], found["figures"]) == (1_230_000, {"followers": 3})
    assert (found["views"], found["videos"]) == (98_765_432_109, 321)
    assert (found["likes"], found["comments"], found["following"]) == (None, None, None)
    assert found["external_id"] == reader.youtube.channels[ALMA].id


@pytest.mark.parametrize(("subscribers", "figures"), [(950, {}), (0, {}), (1_050, {"followers": 3})])
def test_small_numbers_are_exact(reader: Reader, subscribers: int, figures: dict[str, int]) -> None:
    reader.youtube.set(ALMA, subscribers=subscribers)
    assert (reader.read(ALMA)[ALMA]["followers"], reader.read(ALMA)[ALMA]["figures"]) == (subscribers, figures)


@pytest.mark.spec("V36", "V38")
def test_hidden_and_missing_numbers_are_nothing_and_not_zero(reader: Reader) -> None:
    reader.youtube.set(ALMA, hidden=True, views=None)
    found = reader.read(ALMA)[ALMA]
    assert (found["state"], found["followers"], found["views"]) == ("ok", None, None)
    assert found["videos"] is not None
    reader.youtube.set(ALMA, hidden=False, subscribers=0)
    assert reader.read(ALMA)[ALMA]["followers"] == 0


def test_names_are_looked_up_one_by_one_and_ids_all_at_once(reader: Reader) -> None:
    reader.read(ALMA, "@islandida")
    assert reader.questions() == [{"forHandle": ALMA}, {"forHandle": "@islandida"}]
    reader.youtube.calls.clear()
    ids = {name: reader.youtube.channels[f"@{name}"].id for name in ("alma_bakes", "islandida")}
    found = reader.read(f"channel/{reader.youtube.channels['@quietquinn'].id}", **ids)
    assert [set(asked["id"].split(",")) for asked in reader.questions()] == [
        {*ids.values(), reader.youtube.channels["@quietquinn"].id}
    ]
    assert {record["state"] for record in found.values()} == {"ok"}


def test_a_handle_that_has_moved_is_looked_up_anew(reader: Reader) -> None:
    old = reader.youtube.channels[ALMA]
    old.handle = "@almas_kitchen"
    reader.youtube.channels = {channel.handle: channel for channel in reader.youtube.channels.values()}
    assert reader.read(alma_bakes=old.id)[ALMA]["state"] == "missing"
    new = reader.youtube.set(ALMA, subscribers=5)
    found = reader.read(alma_bakes=old.id)[ALMA]
    assert (found["external_id"], found["followers"]) == (new.id, 5)


def test_an_old_user_name_is_looked_up(reader: Reader) -> None:
    reader.youtube.set(ALMA, username="AlmaBakes")
    assert reader.read("user/almabakes")["user/almabakes"]["name"] == "Alma Bakes"


@pytest.mark.spec("V38")
def test_what_cannot_be_looked_up_is_unsupported_and_asks_nobody(reader: Reader) -> None:
    found = reader.read("c/alma")["c/alma"]
    assert (found["state"], found["reason"]) == ("unsupported", NO_LOOK_UP)
    assert set(counts(found).values()) == {None}
    assert reader.questions() == []


@pytest.mark.parametrize("name", ["@nobody_here", "user/nobody", f"channel/UC{'0' * 22}"])
def test_a_channel_that_nobody_has_is_missing(reader: Reader, name: str) -> None:
    found = reader.read(name)[name]
    assert (found["state"], found["reason"]) == ("missing", NOBODY)


@pytest.mark.spec("V38")
@pytest.mark.parametrize("error", ["server", "forbidden"])
def test_one_bad_channel_does_not_stop_the_others(reader: Reader, error: str) -> None:
    reader.youtube.faults.add({"kind": "error", "error": error, "where": {"forHandle": "@islandida"}})
    found = reader.read(ALMA, "@islandida", "@quietquinn")
    assert {name: record["state"] for name, record in found.items()} == {
        ALMA: "ok",
        "@islandida": "failed",
        "@quietquinn": "ok",
    }
    assert found["@islandida"]["reason"]


def test_one_bad_channel_among_those_that_are_asked_for_at_once(reader: Reader) -> None:
    ids = {channel.handle.removeprefix("@"): channel.id for channel in reader.youtube.channels.values()}
    reader.youtube.faults.add({"kind": "error", "error": "server", "where": {"id": ",".join(sorted(ids.values()))}})
    reader.youtube.faults.add({"kind": "error", "error": "server", "where": {"id": ids["islandida"]}})
    found = reader.read(**ids)
    assert [name for name, record in found.items() if record["state"] != "ok"] == ["@islandida"]


def test_where_nothing_can_be_read_at_all_it_is_tried_again_later(reader: Reader) -> None:
    reader.youtube.faults.add({"kind": "error", "error": "server"})
    with pytest.raises(Transient, match="servers are in trouble"):
        reader.read(ALMA)
    reader.youtube.calls.clear()
    with pytest.raises(Transient):
        reader.read(*reader.youtube.channels)
    assert len(reader.youtube.calls.all()) == 4, "it went on asking"


def test_many_channels_are_read_in_batches_that_can_be_continued(reader: Reader) -> None:
    known = {f"https://youtube.com/channel/UC{number:022}": "" for number in range(A_BATCH + 3)}
    first, second = reader.pages(known)
    assert (len(first.records), len(second.records)) == (A_BATCH, 3)
    assert (first.is_first, second.is_first, second.checkpoint) == (True, False, None)
    (again,) = reader.pages(known, checkpoint=first.checkpoint)
    assert (again.records, again.is_first) == (second.records, False)
    assert len(reader.questions()) == 3


def test_without_any_channel_nothing_is_asked(reader: Reader) -> None:
    (page,) = reader.pages({})
    assert (page.records, page.checkpoint, page.is_first) == ([], None, True)
    assert reader.questions() == []
