"""The tables of a parts list: names, columns and how many rows one sample had. What is not known of them is made up."""

from dataclasses import dataclass

from connections.providers.logikal.sandbox.parts.values import Maker, code, counted, decimal, whole, word

COLOURS = ("RAL 9016", "RAL 7016", "RAL 9006", "RAL 8017", "E6 EV1")
PARTS = ("Corner cleat", "Gasket", "Hinge", "Handle", "Screw set", "Glazing bead", "Drip rail", "Striker plate")
PROFILES = ("Outer frame", "Sash", "Mullion", "Transom", "Threshold", "Glazing bead")
WORK = ("Sawing", "Milling", "Crimping", "Glazing", "Assembly", "Mounting")
FIRMS = ("Sample Metals", "Example Glass", "Placeholder Hardware", "Specimen Seals")
TABLES_IN_ALL = 71


@dataclass(frozen=True)
class Table:
    """columns: name -> its SQL type and its maker. moves: its values are others in each version of an elevation."""

    rows: int
    columns: dict[str, tuple[str, Maker]]
    moves: bool = False


TABLES: dict[str, Table] = {
    "Articles": Table(
        32,
        {
            "ArticleCode": ("TEXT", code("A")),
            "Description": ("TEXT", word(*PARTS)),
            "Amount": ("REAL", whole(1, 24)),
            "Color": ("TEXT", word(*COLOURS)),
        },
        moves=True,
    ),
    "Profiles": Table(
        21,
        {
            "ArticleCode": ("TEXT", code("P")),
            "Description": ("TEXT", word(*PROFILES)),
            "Length": ("REAL", decimal(0.2, 6.5)),
            "Color": ("TEXT", word(*COLOURS)),
            "Price": ("REAL", decimal(4, 220, 2)),
        },
        moves=True,
    ),
    "Glass": Table(2, {"GlassID": ("INTEGER", counted()), "Name": ("TEXT", word("Double glazing", "Triple glazing"))}),
    "Insertions": Table(4, {"InsertionID": ("INTEGER", counted()), "Name": ("TEXT", word("Sash", "Panel", "Glass"))}),
    "LabourTimes": Table(
        27,
        {
            "LabourTimeID": ("INTEGER", counted()),
            "Name": ("TEXT", word(*WORK)),
            "Minutes": ("REAL", decimal(1, 90, 1)),
        },
    ),
    "LabourCosts": Table(
        21,
        {"LabourCostID": ("INTEGER", counted()), "Name": ("TEXT", word(*WORK)), "Cost": ("REAL", decimal(2, 120, 2))},
        moves=True,
    ),
    "CalcDetailItems": Table(
        140,
        {
            "CalcDetailItemID": ("INTEGER", counted()),
            "CalcItemNameID": ("INTEGER", whole(1, 12)),
            "Value": ("REAL", decimal(0, 900, 2)),
        },
        moves=True,
    ),
    "CalcItemNames": Table(
        12, {"CalcItemNameID": ("INTEGER", counted()), "Name": ("TEXT", word("Material", "Labour", "Surface", "Glass"))}
    ),
    "MountingLines": Table(
        4, {"MountingLineID": ("INTEGER", counted()), "Name": ("TEXT", word("Top", "Bottom", "Left", "Right"))}
    ),
    "UValue": Table(
        22,
        {
            "Name": ("TEXT", word("Frame", "Glass", "Edge", "Panel")),
            "U": ("REAL", decimal(0.5, 2.4, 2)),
            "U_Unit": ("TEXT", word("W/(m²K)")),
            "Area": ("REAL", decimal(0.05, 3)),
            "Area_Unit": ("TEXT", word("m²")),
        },
    ),
    "Colors": Table(6, {"ColorID": ("INTEGER", counted()), "Name": ("TEXT", word(*COLOURS))}),
    "ElevationCE": Table(
        20,
        {
            "ElevationCEID": ("INTEGER", counted()),
            "Name": ("TEXT", word("Wind load", "Water tightness", "Air permeability", "Sound insulation")),
            "Value": ("TEXT", word("C3", "9A", "4", "36 dB", "npd")),
        },
    ),
    "Suppliers": Table(4, {"SupplierID": ("INTEGER", counted()), "Name": ("TEXT", word(*FIRMS))}),
    "Manufacturers": Table(3, {"ManufacturerID": ("INTEGER", counted()), "Name": ("TEXT", word(*FIRMS))}),
}
OTHERS = [f"Internal{number:02d}" for number in range(1, TABLES_IN_ALL - len(TABLES) - 3 + 1)]
"""Of unknown use. With Projects, Phases and Elevations, which have one row each, there are as many as in the sample."""
