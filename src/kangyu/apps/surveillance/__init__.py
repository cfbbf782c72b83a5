"""Watched series by place and day, alarms found in them, sources fallen silent."""
