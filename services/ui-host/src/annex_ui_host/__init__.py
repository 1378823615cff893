"""The ui-host service: immutable extension assets by content hash."""
