"""A local stand-in for Google Ads over gRPC, and for the sign-in that its calls need."""

from connections.providers.google_ads.sandbox.google import GoogleAdsSandbox as Sandbox

__all__ = ["Sandbox"]
