"""What the witness knows, without any I/O."""
