"""What happens to requests and answers between the engine and the wire."""
