"""Balances of what must balance, their postings and holds: the one projection that locks and may refuse."""
