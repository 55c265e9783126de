"""Images and zips, drawn on request, and the URLs that lead to them."""
