"""The life cycle of one file: planned, downloaded, verified, stored."""
