"""Writes of the indicators app."""
