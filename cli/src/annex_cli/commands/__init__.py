"""The commands of annex, one module each; imported only when used."""
