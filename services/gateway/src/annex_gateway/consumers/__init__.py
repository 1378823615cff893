"""What the gateway does when the registry announces something."""
