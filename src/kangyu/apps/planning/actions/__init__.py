"""Writes of the planning app."""
