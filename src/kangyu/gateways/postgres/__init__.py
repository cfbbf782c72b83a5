"""PostgreSQL as a thing to be found, started and stopped, where nobody runs one for us."""
