"""What the gateway does; dependencies come in as ports."""
