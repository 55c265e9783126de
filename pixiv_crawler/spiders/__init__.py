"""What to collect: one spider per file; each defines which API calls to make and what an entry becomes."""
