"""What the gateway does on a timer."""
