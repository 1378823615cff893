"""A real browser for the tests of pages: the machine's own Chromium, driven over its debugging pipe."""
