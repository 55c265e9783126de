"""Images and zips, generated on request, and their URLs."""
