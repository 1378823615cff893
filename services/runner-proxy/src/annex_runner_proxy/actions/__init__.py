"""What the service does: run an execution, prepare a version, follow an install."""
