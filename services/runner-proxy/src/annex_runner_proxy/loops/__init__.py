"""What happens on a timer or from a queue, without a request."""
