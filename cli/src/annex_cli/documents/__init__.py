"""What commands print with --json, as models: the table, and one module for each sort of command."""
