"""What the store keeps beside the body of a resource: whose it is and which institution it belongs to."""

INSTITUTION = "urn:kangyu:ext:institution"


def _local(reference: dict | None, rtype: str) -> str | None:
    """The id behind a relative reference to ``rtype``."""
    kind, _, key = (reference or {}).get("reference", "").rpartition("/")
    return key if kind == rtype or kind.endswith(f"/{rtype}") else None


def person_reference(resource: dict) -> str | None:
    """The id of the Patient a resource is about, or None for resources that are not about a person."""
    if resource["resourceType"] == "Patient":
        return resource.get("id")
    for key in ("subject", "patient", "beneficiary", "for", "securityContext"):
        value = resource.get(key)
        if isinstance(value, dict) and (found := _local(value, "Patient")):
            return found
    return None


def organisation_of(resource: dict) -> str | None:
    """The id of the institution responsible for a resource: where it was done, or to which it belongs."""
    for key in ("managingOrganization", "serviceProvider", "organization", "providedBy", "owner", "reporter"):
        value = resource.get(key)
        if isinstance(value, dict) and (found := _local(value, "Organization")):
            return found
    for performer in resource.get("performer", ()):
        actor = performer.get("actor", performer)
        if found := _local(actor, "Organization"):
            return found
    for extension in resource.get("extension", ()):
        if extension.get("url") == INSTITUTION:
            return _local(extension.get("valueReference"), "Organization")
    return None
