"""Scheduled and background work, by cadence."""
