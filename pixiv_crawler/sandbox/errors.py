"""The exception that the simulated Pixiv raises for its user."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox cannot do what it was asked for; the text is one sentence for the user."""
