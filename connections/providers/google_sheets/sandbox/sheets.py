"""The answers of the Sheets API, v4: spreadsheets, and the values of their cells."""

from collections.abc import Sequence
from typing import Any

from connections.providers.google_sheets.sandbox.books import Book, Tab
from connections.providers.google_sheets.sandbox.cells import entered, rendered
from connections.providers.google_sheets.sandbox.errors import bad_request, beyond_grid, no_range
from connections.providers.google_sheets.sandbox.masks import masked
from connections.providers.google_sheets.sandbox.ranges import Area, area, split, written
from connections.providers.google_sheets.sandbox.visit import Visit


def spreadsheet(visit: Visit) -> Any:
    return masked(described(visit.spreadsheet()), visit.param("fields"))


def described(book: Book) -> dict[str, Any]:
    return {
        "spreadsheetId": book.id,
        "properties": {
            "title": book.title,
            "locale": book.locale,
            "autoRecalc": "ON_CHANGE",
            "timeZone": book.timezone,
        },
        "sheets": [{"properties": _properties(tab, index)} for index, tab in enumerate(book.tabs)],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
    }


def _properties(tab: Tab, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {"sheetId": tab.id, "title": tab.title, "index": index, "sheetType": tab.kind}
    if tab.kind == "GRID":
        found["gridProperties"] = {"rowCount": tab.rows, "columnCount": tab.columns}
    if tab.hidden:
        found["hidden"] = True
    return found


def values(visit: Visit) -> Any:
    return _values(visit, visit.spreadsheet(), visit.names["range"])


def batch_get(visit: Visit) -> Any:
    book = visit.spreadsheet()
    return {"spreadsheetId": book.id, "valueRanges": [_values(visit, book, each) for each in visit.all("ranges")]}


def _values(visit: Visit, book: Book, address: str) -> dict[str, Any]:
    """Without blanks at the end of a row, blank rows at the end, and the whole key where nothing is left."""
    tab, place = located(book, address)
    option = visit.param("valueRenderOption", "FORMATTED_VALUE")
    dates = visit.param("dateTimeRenderOption", "SERIAL_NUMBER")
    shown = {
        (row - place.top, column - place.left): rendered(content, option, visit.now, dates=dates)
        for (row, column), content in tab.cells.items()
        if _holds(place, row, column)
    }
    rows = _rows(shown)
    if by_columns := visit.param("majorDimension") == "COLUMNS":
        rows = _rows({(column, row): value for (row, column), value in shown.items()})
    found = {
        "range": written(tab.title, place, tab.rows, tab.columns),
        "majorDimension": "COLUMNS" if by_columns else "ROWS",
    }
    return {**found, "values": rows} if rows else found


def _holds(place: Area, row: int, column: int) -> bool:
    below = place.bottom is None or row < place.bottom
    return place.top <= row and below and place.left <= column and (place.right is None or column < place.right)


def _rows(shown: dict[tuple[int, int], Any]) -> list[list[Any]]:
    filled = {at: value for at, value in shown.items() if value != ""}
    rows: list[list[Any]] = [[] for _ in range(max((row for row, _ in filled), default=-1) + 1)]
    for (row, column), value in sorted(filled.items()):
        rows[row] += [""] * (column - len(rows[row])) + [value]
    return rows


def located(book: Book, address: str) -> tuple[Tab, Area]:
    """Raises Refusal, also for a chart, which has no cells."""
    title, cells = split(address)
    tab = next((tab for tab in book.tabs if tab.title == title), None)
    if tab is None and not cells:
        tab, cells = next(iter(book.tabs), None), title
    if tab is None or tab.kind != "GRID":
        raise no_range(address)
    try:
        place = area(cells)
    except Exception:
        raise no_range(address) from None
    if place.top >= tab.rows or place.left >= tab.columns:
        raise beyond_grid(address, tab.rows, tab.columns)
    return tab, place


# Writing


def update(visit: Visit) -> Any:
    book = visit.spreadsheet()
    found = _write(visit, book, visit.names["range"], visit.body().get("values"), visit.param("valueInputOption"))
    book.touch(visit.now)
    return found


def batch_update_values(visit: Visit) -> Any:
    """All of it or nothing: where one range is wrong, no cell is written."""
    book, body = visit.spreadsheet(), visit.body()
    wanted = [(each.get("range", ""), each.get("values")) for each in body.get("data") or ()]
    for address, rows in wanted:
        located(book, address)
        _checked(rows)
    answers = [_write(visit, book, address, rows, body.get("valueInputOption", "")) for address, rows in wanted]
    book.touch(visit.now)
    totals = {
        f"totalUpdated{name}": sum(each[f"updated{name}"] for each in answers) for name in ("Rows", "Columns", "Cells")
    }
    return {"spreadsheetId": book.id, **totals, "totalUpdatedSheets": 1, "responses": answers}


def _write(visit: Visit, book: Book, address: str, rows: Any, option: str) -> dict[str, Any]:
    tab, place = located(book, address)
    given = _checked(rows)
    if option not in ("RAW", "USER_ENTERED"):
        raise bad_request("'valueInputOption' is required but not specified")
    typed = [[entered(cell) if option == "USER_ENTERED" else cell for cell in row] for row in given]
    tab.put(typed, top=place.top, left=place.left)
    width = max((len(row) for row in typed), default=0)
    there = Area(place.top, place.left, place.top + len(typed), place.left + width)
    return {
        "spreadsheetId": book.id,
        "updatedRange": written(tab.title, there, tab.rows, tab.columns),
        "updatedRows": len(typed),
        "updatedColumns": width,
        "updatedCells": sum(len(row) for row in typed),
    }


def _checked(rows: Any) -> Sequence[Sequence[Any]]:
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise bad_request("Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)")
    return rows


def clear(visit: Visit) -> Any:
    book = visit.spreadsheet()
    tab, place = located(book, visit.names["range"])
    tab.clear(place)
    book.touch(visit.now)
    return {"spreadsheetId": book.id, "clearedRange": written(tab.title, place, tab.rows, tab.columns)}


def batch_update(visit: Visit) -> Any:
    """What the sandbox can do to tabs: add, remove and change their properties."""
    book, replies = visit.spreadsheet(), []
    for wish in visit.body().get("requests") or ():
        kind, its = next(iter(wish.items()))
        if kind not in CHANGES:
            raise bad_request(f"The sandbox does not know the request {kind}.")
        replies.append(CHANGES[kind](book, its))
    book.touch(visit.now)
    return {"spreadsheetId": book.id, "replies": replies}


def _add(book: Book, its: dict[str, Any]) -> dict[str, Any]:
    wanted = its.get("properties") or {}
    grid = wanted.get("gridProperties") or {}
    title = wanted.get("title") or f"Sheet{len(book.tabs) + 1}"
    if any(tab.title == title for tab in book.tabs):
        raise bad_request(f'A sheet with the name "{title}" already exists. Please enter another name.')
    fields = {"id": wanted["sheetId"]} if "sheetId" in wanted else {}
    tab = book.add_tab(title, rows=(), **fields)
    tab.rows, tab.columns = grid.get("rowCount", tab.rows), grid.get("columnCount", tab.columns)
    return {"addSheet": {"properties": _properties(tab, len(book.tabs) - 1)}}


def _delete(book: Book, its: dict[str, Any]) -> dict[str, Any]:
    book.tabs.remove(_tab(book, its.get("sheetId", 0)))
    return {}


def _change(book: Book, its: dict[str, Any]) -> dict[str, Any]:
    wanted = its.get("properties") or {}
    tab = _tab(book, wanted.get("sheetId", 0))
    if wanted.get("hidden") and all(each.hidden for each in book.tabs if each is not tab):
        raise bad_request("Invalid requests[0].updateSheetProperties: You can't hide all the sheets in a document.")
    tab.title, tab.hidden = wanted.get("title", tab.title), wanted.get("hidden", tab.hidden)
    grid = wanted.get("gridProperties") or {}
    tab.rows, tab.columns = grid.get("rowCount", tab.rows), grid.get("columnCount", tab.columns)
    if "index" in wanted:
        book.tabs.remove(tab)
        book.tabs.insert(wanted["index"], tab)
    return {}


def _rename(book: Book, its: dict[str, Any]) -> dict[str, Any]:
    book.title = (its.get("properties") or {}).get("title", book.title)
    return {}


def _tab(book: Book, number: int) -> Tab:
    try:
        return book.tab(number)
    except KeyError:
        raise bad_request(f"No grid with id: {number}") from None


CHANGES = {
    "addSheet": _add,
    "deleteSheet": _delete,
    "updateSheetProperties": _change,
    "updateSpreadsheetProperties": _rename,
}
