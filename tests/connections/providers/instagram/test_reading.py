"""Profiles become readings: what each says, and that one bad profile stops no other."""

from typing import Any

import pytest

from connections.errors import RateLimited, SyncError, Transient
from connections.providers.instagram.names import BEFORE
from connections.providers.instagram.reading import A_PAGE, PROFILES
from connections.sources import Page, Slice
from tests.connections.providers.instagram.reading import Reader

JON = "junglejon"


@pytest.mark.spec("V38")
def test_a_professional_account_says_what_everybody_may_see(reader: Reader) -> None:
    reader.instagram.set(JON, followers=12_345, following=67, posts=3)
    found = reader.read(JON)[JON]
    assert (found["state"], found["reason"], found["name"]) == ("ok", "", "Junglejon")
    assert (found["followers"], found["following"], found["videos"], found["views"]) == (12_345, 67, 3, None)
    assert found["figures"] == {}, "Instagram's numbers are exact"
    posts = reader.instagram.people[JON].media(50)
    assert found["likes"] == sum(post["like_count"] for post in posts)
    assert found["comments"] == sum(post["comments_count"] for post in posts)


@pytest.mark.spec("V36", "V38")
def test_likes_are_nothing_where_they_are_not_all_there(reader: Reader) -> None:
    reader.instagram.set(JON, posts=51)
    assert (reader.read(JON)[JON]["likes"], reader.read(JON)[JON]["comments"]) == (None, None)
    reader.instagram.set(JON, posts=5, hides_likes=True)
    found = reader.read(JON)[JON]
    assert found["likes"] is None
    assert found["comments"] is not None


def test_an_account_without_posts_has_no_likes(reader: Reader) -> None:
    reader.instagram.set(JON, posts=0)
    assert (reader.read(JON)[JON]["videos"], reader.read(JON)[JON]["likes"]) == (0, 0)


def test_missing_numbers_are_nothing(reader: Reader) -> None:
    reader.instagram.set(JON, followers=None, following=None, posts=None)
    found = reader.read(JON)[JON]
    assert [found[name] for name in ("followers", "following", "videos", "likes")] == [None] * 4


@pytest.mark.spec("V38")
@pytest.mark.parametrize("name", ["zigzag.zoe", "nobody_here"], ids=["a personal account", "nobody"])
def test_what_is_not_professional_is_unsupported_and_not_failed(reader: Reader, name: str) -> None:
    """Meta says the same of both."""
    found = reader.read(name, JON)
    assert (found[name]["state"], found[JON]["state"]) == ("unsupported", "ok")
    assert "professional" in found[name]["reason"]


def test_what_is_no_name_asks_nobody(reader: Reader) -> None:
    assert reader.read("x){id},id,y(")["x){id},id,y("]["state"] == "unsupported"
    assert reader.asked() == []


@pytest.mark.spec("V38")
@pytest.mark.parametrize("error", ["2", "100"])
def test_one_bad_profile_does_not_stop_the_others(reader: Reader, error: str) -> None:
    reader.instagram.faults.add({"kind": "error", "error": error, "where": {"username": JON}})
    found = reader.read(JON, "forkful_fay", "lumen_lou")
    assert {name: record["state"] for name, record in found.items()} == {
        "forkful_fay": "ok",
        JON: "failed",
        "lumen_lou": "ok",
    }
    assert found[JON]["reason"]


def test_where_nothing_can_be_read_at_all_it_is_tried_again_later(reader: Reader) -> None:
    reader.instagram.faults.add({"kind": "error", "error": "2"})
    with pytest.raises(Transient):
        reader.read(JON)
    reader.instagram.calls.clear()
    with pytest.raises(Transient):
        reader.read(*(f"name{number}" for number in range(9)))
    assert len(reader.asked()) == 4, "it went on asking"


def until_it_ends(reader: Reader, *names: str, checkpoint: Any = None) -> tuple[list[Page], SyncError | None]:
    source, found = reader.source(names), []
    try:
        for page in source.read(source.stream(PROFILES), Slice(), checkpoint):
            found.append(page)
    except SyncError as error:
        return found, error
    return found, None


def test_what_was_read_before_a_limit_is_kept_and_continued(reader: Reader) -> None:
    names = [f"name{number}" for number in range(A_PAGE + 4)]
    reader.gate.closed_after = A_PAGE + 2
    found, error = until_it_ends(reader, *names)
    assert isinstance(error, RateLimited)
    assert [len(page.records) for page in found] == [A_PAGE, 2]
    checkpoint = found[-1].checkpoint
    assert checkpoint == {"after": f"{BEFORE}{sorted(names)[A_PAGE + 1]}"}
    reader.gate.closed_after = None
    rest, error = until_it_ends(reader, *names, checkpoint=checkpoint)
    assert error is None
    read = [record["profile"] for page in [*found, *rest] for record in page.records]
    assert read == [f"{BEFORE}{name}" for name in sorted(names)]
    assert [page.is_first for page in [*found, *rest]] == [True, False, False]
    assert rest[-1].checkpoint is None


def test_when_it_breaks_off_only_what_came_after_the_last_answer_is_asked_again(reader: Reader) -> None:
    for name in ("name1", "name3", "name4", "name5", "name6"):
        reader.instagram.faults.add({"kind": "error", "error": "2", "where": {"username": name}})
    found, error = until_it_ends(reader, *(f"name{number}" for number in range(8)))
    assert isinstance(error, Transient)
    (page,) = found
    assert [(record["profile"][-1], record["state"]) for record in page.records] == [
        ("0", "unsupported"),
        ("1", "failed"),
        ("2", "unsupported"),
    ]


def test_without_any_profile_nothing_is_asked(reader: Reader) -> None:
    (page,) = reader.pages()
    assert (page.records, page.checkpoint, page.is_first) == ([], None, True)
    assert reader.asked() == []
