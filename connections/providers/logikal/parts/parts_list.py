"""What a parts list says, as values that can be stored."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

PartKind = Literal["article", "profile", "glass", "u_value"]
Extra = dict[str, Any]
"""Columns that have no field of their own, and values that did not fit theirs, by the file's name of the column.

Plain JSON, without those that are NULL; bytes stand as {"bytes": how many}. At most values.MOST_EXTRA entries and about
values.LONGEST_EXTRA characters.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One row of one of the tables. Texts are "" and numbers None where the file says nothing that makes sense.

    position: 1, 2, ... within its kind, in the order of the file. length_mm: millimetres, whatever the file counts in.
    price: in the currency of the project, which the file does not tell. value, value_unit: of a u_value its U and
    U_Unit; area in area_unit. Numbers have six places and are below values.LARGEST.
    """

    kind: PartKind
    position: int
    code: str = ""
    name: str = ""
    description: str = ""
    amount: Decimal | None = None
    length_mm: Decimal | None = None
    color: str = ""
    price: Decimal | None = None
    value: Decimal | None = None
    value_unit: str = ""
    area: Decimal | None = None
    area_unit: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Elevation:
    """What the file says of the elevation itself. Each number is in the unit that the file names beside it."""

    elevation_id: str = ""
    name: str = ""
    description: str = ""
    short_description: str = ""
    width: Decimal | None = None
    width_unit: str = ""
    height: Decimal | None = None
    height_unit: str = ""
    weight: Decimal | None = None
    weight_unit: str = ""
    area: Decimal | None = None
    area_unit: str = ""
    system_code: str = ""
    system_name: str = ""
    system_long_name: str = ""
    color: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherTable:
    """A table that is not read. rows: None where they cannot be counted, tables.MOST_COUNTED where there are more."""

    name: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class PartsList:
    """sha256: of the file, in hex. elevation: None where the file has no row of it.

    warnings: sentences about what is missing or made no sense, by our names of tables and fields, one for each thing.
    """

    sha256: str
    elevation: Elevation | None
    parts: tuple[Part, ...]
    other_tables: tuple[OtherTable, ...]
    warnings: tuple[str, ...]
