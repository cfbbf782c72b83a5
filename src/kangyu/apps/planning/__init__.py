"""Imported plans, their review, and the targets they set."""
