"""A local stand-in for the YouTube Data API."""

from connections.providers.youtube.sandbox.youtube import YouTubeSandbox as Sandbox

__all__ = ["Sandbox"]
