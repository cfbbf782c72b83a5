"""Machine interfaces: parse, call, serialise."""
