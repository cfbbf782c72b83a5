"""From sums of contributions to a figure, its safety, its path to the plan's target and its outlook."""
