"""The parts list of an elevation as the API sends it: base64 of a SQLite file, or of what a variant makes of it."""

import base64

from connections.providers.logikal.sandbox.draws import number
from connections.providers.logikal.sandbox.parts.files import database
from connections.providers.logikal.sandbox.parts.variants import BYTES_VARIANTS, TEXT_VARIANTS
from connections.providers.logikal.sandbox.present import Present
from connections.providers.logikal.sandbox.tree import Elevation


def parts_list_data(present: Present, elevation: Elevation) -> str:
    text = base64.b64encode(parts_list(present, elevation)).decode()
    return TEXT_VARIANTS.get(_variant(present, elevation), str)(text)


def parts_list(present: Present, elevation: Elevation) -> bytes:
    account, variant = present.account, _variant(present, elevation)
    project = present.project_record(account.tree.projects[elevation.project])
    phase = next(one for one in account.tree.phases_of[elevation.project] if one.id == elevation.phase)
    record = present.elevation_record(elevation)
    size = number(*account.parts_bytes, record["versionId"], "size")
    good = database(project, present.phase_record(phase), record, size, variant)
    return BYTES_VARIANTS.get(variant, bytes)(good)


def _variant(present: Present, elevation: Elevation) -> str:
    return present.account.edits.of(elevation.id).parts_variant or present.account.parts_variant
