"""The gateway service: the one door for callers."""
