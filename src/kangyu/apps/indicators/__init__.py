"""Computed and reported figures, full and fresh."""
