"""What changes the registry state, one verb per module."""
