"""HTTP: Scrapy requests, the API session, the stored login, and the lock that limits the request rate."""
