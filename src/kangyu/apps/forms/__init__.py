"""Forms that are being filled in: drafts, each its writer's own."""
