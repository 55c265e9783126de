"""One module per resource: each function handles one endpoint of the App API."""
