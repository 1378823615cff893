"""The real servers that the tests run against: private, on loopback, gone when the run ends."""
