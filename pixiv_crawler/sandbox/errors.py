"""The exception that the simulated Pixiv raises for its user."""


class SandboxError(Exception):
    """The sandbox cannot do what was requested; the message is one sentence for the user."""
