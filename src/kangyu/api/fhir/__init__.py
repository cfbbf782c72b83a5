"""FHIR R4 over HTTP: read, vread, history, search, create, update, delete, batch and transaction, CapabilityStatement."""
