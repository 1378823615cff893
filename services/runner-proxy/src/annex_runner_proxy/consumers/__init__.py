"""Reactions to events; each is a hint, the registry's answer is the truth."""
