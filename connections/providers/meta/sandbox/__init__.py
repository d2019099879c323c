"""A local stand-in for Meta's Graph and Marketing API."""

from connections.providers.meta.sandbox.graph import MetaSandbox as Sandbox

__all__ = ["Sandbox"]
