"""The HTTP server and everything around the routes: login, image host, faults, request log, recorded responses."""
