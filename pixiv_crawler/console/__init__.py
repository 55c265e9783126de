"""Console output: log records without secrets, and the live display."""
