"""Rates, life tables and standardisation, after Chiang, Silcocks and the national guidance on health indicators."""
