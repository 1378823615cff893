"""What each route of the registry promises, by noun; docs/api/registry.openapi.json is made from it."""
