"""What a run has done and still has to do."""
