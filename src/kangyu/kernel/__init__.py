"""The few words every part of Kangyu speaks."""
