"""The embedded platform: one process, four services, private stores."""
