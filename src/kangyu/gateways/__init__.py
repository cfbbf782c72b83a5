"""Other people's systems, behind our own words."""
