"""Programmes at work: who is due, overdue or at risk."""
