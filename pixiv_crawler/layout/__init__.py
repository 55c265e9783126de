"""Where everything is stored on disk."""
