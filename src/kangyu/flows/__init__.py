"""Use cases that cross apps."""
