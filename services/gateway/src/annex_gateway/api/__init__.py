"""The gateway's HTTP edge: parse, act, present."""
