"""Sheets that people sign: frozen text with a digest, rows, steps and signatures, correcting lines."""
