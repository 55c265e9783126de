"""Facts about Pixiv's App API: calls, paging, login, errors. Knows nothing of Scrapy."""
