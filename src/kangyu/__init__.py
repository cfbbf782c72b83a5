"""Kangyu 康域: an open regional population-health information platform."""

__version__ = "0.1.0"
