"""Django apps: rows, actions, queries, permission."""
