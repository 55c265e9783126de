"""Downloader middlewares: components between the engine and the download handler."""
