"""The HTTP server and what surrounds the routes: login, image host, faults, request log, recorded responses."""
