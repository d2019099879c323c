"""A local stand-in for the Google Sheets and Drive APIs."""

from connections.providers.google_sheets.sandbox.google import GoogleSheetsSandbox as Sandbox

__all__ = ["Sandbox"]
