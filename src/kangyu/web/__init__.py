"""Server-rendered pages: load, allow, act, show."""
