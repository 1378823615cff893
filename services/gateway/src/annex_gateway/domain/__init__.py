"""What the gateway decides, as pure functions and values."""
