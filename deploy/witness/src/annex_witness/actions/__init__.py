"""What the witness does."""
