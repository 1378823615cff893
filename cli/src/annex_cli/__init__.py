"""The annex command line."""
