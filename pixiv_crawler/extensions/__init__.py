"""What is written beside the items."""
