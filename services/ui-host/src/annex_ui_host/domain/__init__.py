"""What may be shown, from where and how: rules and types without I/O."""
