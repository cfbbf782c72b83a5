"""Named, small worlds for tests, built through the same actions as the real thing."""
