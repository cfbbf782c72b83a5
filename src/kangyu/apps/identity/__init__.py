"""The index of persons: who a Patient resource is."""
