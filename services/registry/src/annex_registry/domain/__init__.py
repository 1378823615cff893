"""What the registry knows and decides: pure values, rules, and the ports it needs."""
