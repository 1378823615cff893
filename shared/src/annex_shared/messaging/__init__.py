"""The event bus: one port, and its two adapters, RabbitMQ and in-process."""
