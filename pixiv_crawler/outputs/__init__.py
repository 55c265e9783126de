"""What is generated offline from finished runs."""
