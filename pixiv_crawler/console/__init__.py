"""What a person sees: log records without secrets, and the live display."""
