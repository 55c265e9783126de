"""Extensions: everything a crawl does that concerns neither a request nor an item."""
