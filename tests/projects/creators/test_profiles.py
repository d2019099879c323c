"""Two spellings of one profile are one account; what is no profile is refused with a reason, never guessed at."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.creators.profiles import LONGEST, NoProfile, Profile, profile_of

CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"


@pytest.mark.spec("V44", "C20")
@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://www.instagram.com/Nasa/", "https://instagram.com/nasa"),
        ("instagram.com/nasa", "https://instagram.com/nasa"),
        (" HTTP://M.Instagram.Com/nasa/reels/?igsh=abc#top ", "https://instagram.com/nasa"),
        ("https://www.tiktok.com/@Some.One?lang=en", "https://tiktok.com/@some.one"),
        ("m.tiktok.com/@some.one/live", "https://tiktok.com/@some.one"),
        ("https://www.youtube.com/@GoogleDevelopers/videos", "https://youtube.com/@googledevelopers"),
        (f"https://m.youtube.com/channel/{CHANNEL}/about", f"https://youtube.com/channel/{CHANNEL}"),
        ("http://youtube.com/c/GoogleDevelopers/featured", "https://youtube.com/c/googledevelopers"),
        ("youtube.com/user/Google", "https://youtube.com/user/google"),
        ("https://www.youtube.com/%40m%C3%BCller", "https://youtube.com/@müller"),
        ("https://de-de.facebook.com/Some.Page/about", "https://facebook.com/some.page"),
        ("https://fb.com/some.page", "https://facebook.com/some.page"),
        ("https://facebook.com/profile.php?id=1000123&sk=reels_tab", "https://facebook.com/profile.php?id=1000123"),
        ("https://www.facebook.com/people/Ann-Other/1000123/", "https://facebook.com/profile.php?id=1000123"),
        ("facebook.com/1000123", "https://facebook.com/profile.php?id=1000123"),
        ("https://instagram.com:443/nasa", "https://instagram.com/nasa"),
        ("https://www.instagram.com./nasa//", "https://instagram.com/nasa"),
    ],
)
def test_every_spelling_leads_to_one_address(link: str, url: str) -> None:
    found = profile_of(link)
    assert isinstance(found, Profile)
    assert found.url == url
    assert found.platform in url
    assert profile_of(url) == found


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (None, "no link"),
        ("", "no link"),
        ("   ", "no link"),
        ("@nasa", "public page"),
        ("nasa", "none of Facebook"),
        ("see below", "characters"),
        ("https://instagram.com\\@evil.example/nasa", "characters"),
        ("https://instagram.com@evil.example/nasa", "public page"),
        ("https://instagram.com.evil.example/nasa", "none of Facebook"),
        ("https://notinstagram.com/nasa", "none of Facebook"),
        ("javascript:alert(1)", "none of|not a link"),
        ("ftp://instagram.com/nasa", "public page"),
        ("https://instagram.com:8443/nasa", "public page"),
        ("https://[instagram.com/nasa", "not a link"),
        ("https://instagram.com/", "not to a profile"),
        ("https://instagram.com/p/Cabc123/", "not to a profile"),
        ("https://instagram.com/stories/nasa/123", "not to a profile"),
        ("https://instagram.com/nasa/p/Cabc", "single post"),
        ("https://tiktok.com/nasa", "not to a profile"),
        ("https://tiktok.com/@nasa/video/7301", "single post"),
        ("https://vm.tiktok.com/ZM123/", "short link"),
        ("https://youtu.be/dQw4w9WgXcQ", "short link"),
        ("https://youtube.com/watch?v=dQw4w9WgXcQ", "not to a profile"),
        ("https://youtube.com/shorts/abc", "not to a profile"),
        ("https://youtube.com/GoogleDevelopers", "not to a profile"),
        ("https://youtube.com/channel/short", "not to a profile"),
        ("https://facebook.com/groups/cats", "not to a profile"),
        ("https://facebook.com/profile.php", "not to a profile"),
        ("https://facebook.com/profile.php?id=1&id=2", "not to a profile"),
        ("https://facebook.com/photo.php?fbid=1", "not to a profile"),
        ("https://facebook.com/some.page/posts/123", "single post"),
        ("https://x.com/nasa", "none of Facebook"),
    ],
)
def test_what_is_no_profile_is_refused_and_says_why(link: str | None, reason: str) -> None:
    found = profile_of(link)
    assert isinstance(found, NoProfile)
    assert any(part in found.reason for part in reason.split("|")), found.reason


def test_the_addresses_of_a_channel_are_not_guessed_to_be_one() -> None:
    links = ["youtube.com/@google", f"youtube.com/channel/{CHANNEL}", "youtube.com/c/google", "youtube.com/user/google"]
    assert len({profile_of(link) for link in links}) == 4
    assert profile_of(f"youtube.com/channel/{CHANNEL}") != profile_of(f"youtube.com/channel/{CHANNEL[:-1]}W")


NAMES = st.text(string.ascii_lowercase + string.digits, min_size=5, max_size=20).map(lambda name: f"z{name}")
PLACES = st.sampled_from(
    [
        ("instagram.com", "{}", "reels"),
        ("tiktok.com", "@{}", "live"),
        ("youtube.com", "@{}", "videos"),
        ("youtube.com", "c/{}", "about"),
        ("facebook.com", "{}", "photos"),
    ]
)


@given(
    NAMES,
    PLACES,
    st.sampled_from(["", "http://", "https://", "HTTPS://"]),
    st.sampled_from(["", "www.", "m.", "WWW."]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "/", "?utm=1", "/?a=b#c", "#top"]),
)
def test_scheme_host_case_section_slash_and_query_do_not_tell_profiles_apart(
    name: str, place: tuple[str, str, str], scheme: str, front: str, upper: bool, section: bool, tail: str
) -> None:
    host, path, part = place
    said = name.upper() if upper else name
    link = f"{scheme}{front}{host}/{path.format(said)}{f'/{part}' if section else ''}{tail}"
    assert profile_of(link) == Profile(host.removesuffix(".com"), f"https://{host}/{path.format(name)}")


@given(PLACES, NAMES, NAMES)
def test_two_names_are_two_profiles(place: tuple[str, str, str], one: str, other: str) -> None:
    links = [f"{place[0]}/{place[1].format(name)}" for name in (one, other)]
    assert (profile_of(links[0]) == profile_of(links[1])) is (one == other)


LINKS = st.one_of(
    st.text(max_size=60),
    st.builds("{}{}/{}".format, st.sampled_from(["https://", "http:/", ""]), PLACES.map(lambda at: at[0]), st.text()),
)


@given(LINKS)
def test_any_text_has_an_answer_and_canonical_addresses_stay_as_they_are(link: str) -> None:
    found = profile_of(link)
    if isinstance(found, NoProfile):
        assert found.reason.endswith(".")
    else:
        assert profile_of(found.url) == found
        assert len(found.url) <= LONGEST
