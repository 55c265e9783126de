"""The data: users, works, novels, comments, bookmarks and follows, and what listings select from them."""
