"""The host API: one module for each interface of ``shared/wit`` that the broker answers."""
