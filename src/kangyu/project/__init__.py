"""Settings, addresses and wiring: the only place that sees everything."""
