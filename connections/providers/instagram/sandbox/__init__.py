"""A local stand-in for Instagram's Graph API."""

from connections.providers.instagram.sandbox.graph import InstagramSandbox as Sandbox

__all__ = ["Sandbox"]
