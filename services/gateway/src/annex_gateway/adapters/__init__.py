"""The gateway's ports met with real technology."""
