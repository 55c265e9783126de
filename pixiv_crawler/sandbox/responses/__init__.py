"""The JSON and HTML that the App API responds with."""
