"""Scrapy requests, the session that all API requests share, and the stored login."""
