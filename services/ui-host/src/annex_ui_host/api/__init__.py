"""The HTTP edge: routes, headers, preconditions, problems."""
