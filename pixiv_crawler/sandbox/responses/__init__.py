"""The JSON and HTML of the App API's responses."""
