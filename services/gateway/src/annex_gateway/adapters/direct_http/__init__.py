"""HTTP/1.1 to one peer, as little of it as one kind of request needs, and no answer with two readings."""
