"""A Scrapy project that crawls Pixiv through its App API."""
