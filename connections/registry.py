"""Which sources exist. A new provider adds one line here."""

from importlib import import_module

from connections.sources import Source

SOURCES = {
    "meta": "connections.providers.meta.source.MetaSource",
}

LABELS = {"meta": "Meta Ads"}


def source_class(kind: str) -> type[Source]:
    """The source of a provider, loaded on first use so that the web process does not import every SDK."""
    if kind not in SOURCES:
        raise LookupError(f"There is no provider called {kind!r}. Known are: {', '.join(sorted(SOURCES))}.")
    module, _, name = SOURCES[kind].rpartition(".")
    loaded: type[Source] = getattr(import_module(module), name)
    return loaded
