"""A local stand-in for LOGIKAL's REST API."""

from connections.providers.logikal.sandbox.rest import LogikalSandbox as Sandbox

__all__ = ["Sandbox"]
