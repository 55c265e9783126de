"""What is done with an item before it is exported, in running order; each returns it or drops it."""
