"""The words services say to each other: pydantic models of every wire body, and nothing else."""
