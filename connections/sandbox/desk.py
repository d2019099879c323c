"""A page on which people set a stand-in's numbers by hand: one form, no scripts.

What is sent needs a word that only this page has, so that no other site can make a browser set anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from html import escape
from secrets import token_urlsafe
from string import Template
from urllib.parse import urlsplit

from connections.sandbox.exchange import Call, Reply

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><title>$title</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;padding:0 1rem;max-width:70rem}
.grid{overflow-x:auto}table{border-collapse:collapse}th,td{border:1px solid #8886;padding:.1rem .4rem;text-align:left}
th{font-weight:400}td input{font:inherit;border:0;padding:.2rem .4rem;width:9rem}
input:focus-visible,button:focus-visible{outline:2px solid #06c}
button{font:inherit;padding:.4rem 1.2rem;margin:1rem 0}
</style></head><body><main><h1>$title</h1>$body</main></body></html>""")

Save = Callable[[str, str, str], None]
"""Takes a row's key, a field and what was typed. Raises ValueError with a sentence."""


@dataclass(frozen=True)
class Row:
    """fields: what stands in the cells, by name; all rows have the same."""

    key: str
    fields: Mapping[str, str]


class Desk:
    """token: in every form, and known to nobody else."""

    def __init__(self, title: str, note: str) -> None:
        self.title = title
        self.note = note
        self.token = token_urlsafe(24)

    def reply(self, call: Call, rows: Sequence[Row], save: Save) -> Reply:
        if urlsplit(call.base_url).hostname not in LOOPBACK:
            return self._page("<p>This page is for this machine only.</p>", 403)
        if call.method != "POST":
            return self._page(self._form(rows))
        if not self._is_ours(call):
            return self._page("<p>The form was not sent from this page. Open it anew and try again.</p>", 403)
        try:
            _save(call, rows, save)
        except ValueError as wrong:
            return self._page(f"<p>Not all was saved: {escape(str(wrong))}</p>", 400)
        return Reply(303, headers={"Location": "."}, content_type="text/plain")

    def _is_ours(self, call: Call) -> bool:
        origin = next((value for name, value in call.headers.items() if name.lower() == "origin"), "")
        sent = call.params.get("token", "")
        return compare_digest(sent.encode(), self.token.encode()) and origin in ("", call.base_url)

    def _form(self, rows: Sequence[Row]) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in (rows[0].fields if rows else ()))
        lines = "".join(f'<tr><th scope="row">{escape(row.key)}</th>{_cells(row)}</tr>' for row in rows)
        return (
            f'<p>{escape(self.note)}</p><form method="post" action="." autocomplete="off">'
            f'<input type="hidden" name="token" value="{escape(self.token)}">'
            f'<div class="grid"><table><thead><tr><td></td>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
            "<button>Save</button></form>"
        )

    def _page(self, body: str, status: int = 200) -> Reply:
        content = PAGE.substitute(title=escape(self.title), body=body).encode("utf-8", "replace")
        return Reply(status, content, dict(HEADERS), "text/html; charset=utf-8")


def _cells(row: Row) -> str:
    return "".join(
        f'<td><input name="{escape(f"{name}:{row.key}")}" aria-label="{escape(f"{name} of {row.key}")}" '
        f'value="{escape(value)}"></td>'
        for name, value in row.fields.items()
    )


def _save(call: Call, rows: Sequence[Row], save: Save) -> None:
    """Only what differs, so that saving without a change is none."""
    for row in rows:
        for name, shown in row.fields.items():
            typed = call.params.get(f"{name}:{row.key}", shown).strip()
            if typed != shown:
                save(row.key, name, typed)
