"""What every HTTP server and client of the platform does the same way."""
