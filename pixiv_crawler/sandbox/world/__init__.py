"""The data: users, works, novels, comments, bookmarks and follows, and how listings select from them."""
