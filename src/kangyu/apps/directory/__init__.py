"""Regions, institutions and staff, as projected from the record."""
