"""The spreadsheet that the sandbox begins with: five projects of a small agency, and forty creators."""

from datetime import UTC, datetime

from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL
from connections.providers.google_sheets.sandbox.books import Book
from connections.providers.google_sheets.sandbox.cells import Content

HEADERS = (
    "@Username,Link,Platform,Username,Followers,Likes,Following,Videos,Views,Comments,Last Update,Status,topic"
).split(",")

LINKS = {
    "YouTube": "https://www.youtube.com/@{}",
    "Instagram": "https://www.instagram.com/{}/",
    "TikTok": "https://www.tiktok.com/@{}",
    "Facebook": "https://www.facebook.com/{}",
}

CREATORS = {
    "Spring launch": (
        "Food",
        "alma_bakes bento.box.ben chili.charts daily_dumpling eggs.by.eli forkful_fay grillmaster.gus honeyandhearth",
    ),
    "Summer 2026": (
        "Travel",
        "islandida junglejon kayak_kim lakes.of.lena mapsbymo northbound_nia oceanowen peaks.and.pia",
    ),
    "O'Brien Foods": (
        "Family",
        "quietquinn rainyday_rosa sunday.sam tinytable_tess unpacked_uma veggie.vic weekday.wren xtra_lunch",
    ),
    "Always on": (
        "Style",
        "yarn_yara zigzag.zoe atelier_ada bowtie.bo corduroy_cy denim.dee everyday_effie felt_finn",
    ),
    "Новинки": (
        "Tech",
        "gadget.gil hertz_hana input_ines jack.of.plugs kilobyte_kit lumen_lou modular_max node_nell",
    ),
}

TYPED: dict[tuple[str, str], Content] = {
    ("Spring launch", "E3"): "12.4K",
    ("Spring launch", "I5"): "1 204 300",
    ("Summer 2026", "I2"): "2M",
    ("Summer 2026", "G4"): "-",
    ("O'Brien Foods", "F6"): "48,210",
    ("O'Brien Foods", "E9"): "12%",
    ("Always on", "I4"): "soon",
    ("Новинки", "E7"): "1.204.500",
    ("Новинки", "I9"): '=IMPORTRANGE("sandbox-other-book", "Views!B2")',
}
"""What people have typed in their own way, and a number that is fetched from elsewhere."""


def standing_books() -> list[Book]:
    book = Book(DEMO_BOOK, "Creators 2026", datetime(2026, 3, 2, 9, 15, tzinfo=UTC), readers={DEMO_EMAIL})
    book.timezone = "Europe/Berlin"
    for number, (title, (topic, names)) in enumerate(CREATORS.items()):
        rows: list[list[Content]] = [
            [*HEADERS],
            *(_row(number * 8 + at, name, topic) for at, name in enumerate(names.split())),
        ]
        book.add_tab(title, rows)
    for (title, place), content in TYPED.items():
        book.tab(title).put([[content]], top=int(place[1:]) - 1, left=ord(place[0]) - 65)
    book.add_tab("Growth", kind="OBJECT")
    book.add_tab("Lists", [["Platform"], *([each] for each in LINKS)], hidden=True)
    return [book]


def _row(number: int, name: str, topic: str) -> list[Content]:
    platform = list(LINKS)[number % len(LINKS)]
    followers = 4_000 + (number * 7_919) % 96_000
    videos = 20 + (number * 37) % 180
    views = followers * (11 + number % 9)
    person = name.replace(".", " ").replace("_", " ").title()
    numbers = [followers, views // 23, 50 + number * 13 % 700, videos, views, views // 310]
    return [f"@{name}", LINKS[platform].format(name), platform, person, *numbers, "2026-03-02", "active", topic]
