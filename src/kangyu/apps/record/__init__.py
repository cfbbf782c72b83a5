"""The one door and the one record: FHIR resources, their versions, search and the outbox."""
