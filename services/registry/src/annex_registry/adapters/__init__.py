"""Adapters: how the ports of the domain are met by real stores."""
