"""Speeds, printed with the machine they were measured on: `make bench`, or `python -m bench --residents 1000000 county figures`."""
