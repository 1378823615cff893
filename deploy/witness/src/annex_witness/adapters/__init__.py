"""Where the witness keeps what it saw."""
