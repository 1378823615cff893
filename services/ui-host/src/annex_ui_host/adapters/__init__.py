"""What meets the ports of the domain: the registry over HTTP."""
