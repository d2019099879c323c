"""Which tables and columns of a parts list hold what, by all the names that versions of LOGIKAL may use.

No schema of the vendor is public. The names of `known` columns were seen in files of real versions; the others are
close variants of them. Tables whose columns nobody has described are only counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connections.providers.logikal.parts.parts_list import PartKind
from connections.providers.logikal.parts.values import Odd, number, short_text, text

Convert = Callable[[object], tuple[Any, Odd]]


@dataclass(frozen=True, slots=True)
class Field:
    """name: in Part or Elevation. columns: best first; neither case nor underscores matter. known: missed if absent."""

    name: str
    convert: Convert
    columns: tuple[str, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """label: what warnings call the table. tables: its names, best first."""

    label: str
    tables: tuple[str, ...]
    fields: tuple[Field, ...]


def known(name: str, convert: Convert, columns: str) -> Field:
    return Field(name, convert, tuple(columns.split()), known=True)


def maybe(name: str, convert: Convert, columns: str) -> Field:
    return Field(name, convert, tuple(columns.split()), known=False)


def key(name: str) -> str:
    """What two names have in common that mean the same column."""
    return name.casefold().replace("_", "").replace(" ", "")


_CODE = "ArticleCode Code ArticleNumber ArticleNo ArticleNr ItemCode ItemNumber PartNumber"
_DESCRIPTION = "Description DescriptionLong LongDescription DescriptionShort Desc Text"
_AMOUNT = "Amount Quantity Qty Pieces Count Amount_Output Amount_Out"
_COLOR = "Color Colour ColorName Color_Long ColorLong ColorCode Surface Finish"
_PRICE = "Price UnitPrice PricePerUnit Price_Output Price_Out NetPrice"
_LENGTH = "Length Length_mm Length_Output Length_Out CutLength"
LENGTH, LENGTH_UNIT = "length_mm", "length_unit"

ELEVATION = Layout(
    "Elevations",
    ("Elevations", "Elevation"),
    (
        known("elevation_id", short_text, "ElevationID ElevationGUID GUID ID"),
        known("name", short_text, "Name ElevationName"),
        known("description", text, "AutoDescription AutoDescriptionLong Description"),
        known("short_description", text, "AutoDescriptionShort DescriptionShort ShortDescription"),
        known("width", number, "Width_Output Width_Out Width"),
        known("width_unit", short_text, "Width_Unit"),
        known("height", number, "Height_Output Heighth_Output Heighth_Out Height_Out Height Heighth"),
        known("height_unit", short_text, "Height_Unit Heighth_Unit"),
        known("weight", number, "Weight_Output Weight_Out Weight"),
        known("weight_unit", short_text, "Weight_Unit"),
        known("area", number, "Area_Output Area_Out Area"),
        known("area_unit", short_text, "Area_Unit"),
        known("system_code", short_text, "SystemCode"),
        known("system_name", short_text, "SystemName"),
        known("system_long_name", short_text, "SystemLongName SystemNameLong"),
        known("color", short_text, "ColorBase_Long ColorBase Color Colour"),
    ),
)

PARTS: dict[PartKind, Layout] = {
    "article": Layout(
        "Articles",
        ("Articles", "Article"),
        (
            known("code", short_text, _CODE),
            known("description", text, _DESCRIPTION),
            known("amount", number, _AMOUNT),
            known("color", short_text, _COLOR),
            maybe("name", short_text, "Name ArticleName"),
            maybe(LENGTH, number, _LENGTH),
            maybe(LENGTH_UNIT, short_text, "Length_Unit"),
            maybe("price", number, _PRICE),
        ),
    ),
    "profile": Layout(
        "Profiles",
        ("Profiles", "Profile"),
        (
            known("code", short_text, f"{_CODE} ProfileCode ProfileNumber"),
            known("description", text, _DESCRIPTION),
            known(LENGTH, number, _LENGTH),
            known("color", short_text, _COLOR),
            known("price", number, _PRICE),
            maybe(LENGTH_UNIT, short_text, "Length_Unit"),
            maybe("name", short_text, "Name ProfileName ArticleName"),
            maybe("amount", number, _AMOUNT),
        ),
    ),
    "glass": Layout(
        "Glass",
        ("Glass", "Glasses"),
        (
            known("code", short_text, f"GlassID GlassCode {_CODE} ID"),
            known("name", short_text, "Name GlassName"),
            maybe("description", text, _DESCRIPTION),
            maybe("amount", number, _AMOUNT),
            maybe("color", short_text, _COLOR),
            maybe("price", number, _PRICE),
            maybe("area", number, "Area_Output Area_Out Area"),
            maybe("area_unit", short_text, "Area_Unit"),
        ),
    ),
    "u_value": Layout(
        "UValue",
        ("UValue", "UValues"),
        (
            known("name", short_text, "Name"),
            known("value", number, "U UValue U_Output"),
            known("value_unit", short_text, "U_Unit UValue_Unit"),
            known("area", number, "Area Area_Output Area_Out"),
            known("area_unit", short_text, "Area_Unit"),
        ),
    ),
}
