"""What to collect: one spider per file, each says what to ask and what an entry becomes."""
