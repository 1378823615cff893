"""What two or more Annex programs import; it knows no service."""
