"""What an execution is, what it may do, and every reason it can be refused; no I/O."""
