"""The `kangyu` command: arguments only."""
