"""Events that make the projections current at once; the repair loop makes them right in any case."""
