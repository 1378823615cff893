"""The HTTP edge: parse, act, present."""
