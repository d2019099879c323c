"""Which sources exist. A new provider adds one line here."""

from importlib import import_module
from typing import NamedTuple

from connections.sources import Source


class Listed(NamedTuple):
    """label: what people call it. path: of its Source."""

    label: str
    path: str


SOURCES = {
    "meta": Listed("Meta Ads", "connections.providers.meta.source.MetaSource"),
    "google_ads": Listed("Google Ads", "connections.providers.google_ads.source.GoogleAdsSource"),
    "logikal": Listed("LOGIKAL", "connections.providers.logikal.source.LogikalSource"),
    "google_sheets": Listed("Google Sheets", "connections.providers.google_sheets.source.GoogleSheetsSource"),
    "youtube": Listed("YouTube", "connections.providers.youtube.source.YouTubeSource"),
    "instagram": Listed("Instagram", "connections.providers.instagram.source.InstagramSource"),
}


def label(kind: str) -> str:
    return SOURCES[kind].label if kind in SOURCES else kind


def source_class(kind: str) -> type[Source]:
    """The source of a provider, loaded on first use so that the web process does not import every SDK."""
    if kind not in SOURCES:
        raise LookupError(f"There is no provider called {kind!r}. Known are: {', '.join(sorted(SOURCES))}.")
    module, _, name = SOURCES[kind].path.rpartition(".")
    loaded: type[Source] = getattr(import_module(module), name)
    return loaded
