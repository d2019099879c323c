"""A page on which people edit the sandbox's spreadsheets by hand: one form for a tab, no scripts.

What is sent needs a word that only this page has, so that no other site can make a browser edit anything.
"""

import re
from datetime import datetime
from hmac import compare_digest
from html import escape
from secrets import token_urlsafe
from string import Template
from urllib.parse import urlencode, urlsplit

from connections.providers.google_sheets.sandbox.books import Book, Books, Tab
from connections.providers.google_sheets.sandbox.cells import entered, is_formula, rendered
from connections.providers.google_sheets.sandbox.ranges import letters
from connections.sandbox.exchange import Call, Reply

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SPARE_ROWS, SPARE_COLUMNS = 3, 1
LONGEST_TITLE = 100
MOST_ROWS = 200
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;padding:0 1rem;max-width:100rem}
nav a{display:inline-block;padding:.4rem .6rem}nav a[aria-current]{font-weight:600;text-decoration:none}
.grid{overflow-x:auto}table{border-collapse:collapse}th,td{border:1px solid #8886;padding:0}
th{font-weight:400;padding:.1rem .4rem;text-align:right}td input{font:inherit;border:0;padding:.2rem .4rem;width:11rem}
input:focus-visible,a:focus-visible,button:focus-visible{outline:2px solid #06c}
button{font:inherit;padding:.4rem 1.2rem;margin:1rem 0}
</style></head><body><main>
<p>Sandbox: this stands in for Google Sheets. Nobody's spreadsheet is behind it.</p>
<h1>$title</h1>$body
</main></body></html>""")


class Desk:
    """token: in every form, and known to nobody else."""

    def __init__(self) -> None:
        self.token = token_urlsafe(24)

    def reply(self, books: Books, call: Call, now: datetime) -> Reply:
        if urlsplit(call.base_url).hostname not in LOOPBACK:
            return _page("Not here", "<p>This page is for this machine only.</p>", 403)
        book = books.find(call.params.get("book", "")) or next(iter(books.all()), None)
        if book is None:
            return _page("There is no spreadsheet", "")
        tab = _chosen(book, call.params.get("tab", ""))
        if call.method != "POST":
            return _page(book.title, _body(books, book, tab, self.token, now))
        if not self._is_ours(call):
            return _page("Not saved", "<p>The form was not sent from this page. Open it anew and try again.</p>", 403)
        if tab:
            _save(book, tab, call, now)
        return Reply(303, headers={"Location": f"?{_query(book, tab)}"}, content_type="text/plain")

    def _is_ours(self, call: Call) -> bool:
        origin = next((value for name, value in call.headers.items() if name.lower() == "origin"), "")
        sent = call.params.get("token", "")
        return compare_digest(sent.encode(), self.token.encode()) and origin in ("", call.base_url)


def _chosen(book: Book, tab: str) -> Tab | None:
    grids = [each for each in book.tabs if each.kind == "GRID"]
    return next((each for each in grids if str(each.id) == tab), grids[0] if grids else None)


def _save(book: Book, tab: Tab, call: Call, now: datetime) -> None:
    """Only what differs, so that saving without a change is none."""
    changed = False
    for name, typed in call.params.items():
        kind, _, place = name.partition("-")
        row, _, column = place.partition("-")
        if kind != "cell" or not (row.isdigit() and column.isdigit()):
            continue
        if typed != _shown(tab, int(row), int(column)):
            tab.put([[entered(typed)]], top=int(row), left=int(column))
            changed = True
    title = call.params.get("title", tab.title).strip()[:LONGEST_TITLE]
    if title and title != tab.title and all(each.title != title for each in book.tabs):
        tab.title, changed = title, True
    hidden = "hidden" in call.params
    if hidden != tab.hidden:
        tab.hidden, changed = hidden, True
    if changed:
        book.touch(now)


def _shown(tab: Tab, row: int, column: int) -> str:
    """As a person edits it: formulas as they are written, and in one line, since that is what a browser sends back."""
    content = tab.cells.get((row, column), "")
    return str(content).upper() if isinstance(content, bool) else re.sub(r"[\r\n]", "", str(content))


def _body(books: Books, book: Book, tab: Tab | None, token: str, now: datetime) -> str:
    others = "".join(
        f'<a href="?{escape(_query(each, None))}"{_current(each is book)}>{escape(each.title)}</a>'
        for each in books.all()
    )
    tabs = "".join(
        f'<a href="?{escape(_query(book, each))}"{_current(each is tab)}>{escape(each.title)}'
        f"{' (hidden)' if each.hidden else ''}</a>"
        for each in book.tabs
        if each.kind == "GRID"
    )
    changed = f"<p>Last changed {book.modified_at:%Y-%m-%d %H:%M} UTC, version {book.version}.</p>"
    places = f'<nav aria-label="Spreadsheets">{others}</nav><nav aria-label="Tabs">{tabs}</nav>'
    return places + changed + (_form(book, tab, token, now) if tab else "<p>It has no tab with cells.</p>")


def _current(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def _form(book: Book, tab: Tab, token: str, now: datetime) -> str:
    columns = range(tab.last_column + SPARE_COLUMNS)
    head = "".join(f'<th scope="col">{letters(column)}</th>' for column in columns)
    rows = "".join(
        f'<tr><th scope="row">{row + 1}</th>{"".join(_cell(tab, row, column, now) for column in columns)}</tr>'
        for row in range(min(tab.last_row + SPARE_ROWS, MOST_ROWS))
    )
    return (
        f'<form method="post" action="?{escape(_query(book, tab))}" autocomplete="off">'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        f'<p><label>Name of the tab <input name="title" maxlength="{LONGEST_TITLE}" '
        f'value="{escape(tab.title)}"></label> '
        f'<label><input type="checkbox" name="hidden"{" checked" if tab.hidden else ""}> Hidden</label></p>'
        f'<div class="grid"><table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        "<button>Save</button></form>"
    )


def _cell(tab: Tab, row: int, column: int, now: datetime) -> str:
    written = _shown(tab, row, column)
    name = f"{letters(column)}{row + 1}"
    hint = ""
    if is_formula(written):
        hint = f' title="{escape(str(rendered(written, "FORMATTED_VALUE", now)))}"'
    return f'<td><input name="cell-{row}-{column}" aria-label="{name}" value="{escape(written)}"{hint}></td>'


def _query(book: Book, tab: Tab | None) -> str:
    return urlencode({"book": book.id, **({"tab": tab.id} if tab else {})})


def _page(title: str, body: str, status: int = 200) -> Reply:
    content = PAGE.substitute(title=escape(title), body=body).encode("utf-8", "replace")
    return Reply(status, content, dict(HEADERS), "text/html; charset=utf-8")
