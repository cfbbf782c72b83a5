"""Things under management: places, vehicles, stores, kinds of goods, as projected from their FHIR resources."""
