"""The programs that touch untrusted code: a worker runs it, a compiler compiles it; both confine themselves.

Nothing here imports the service around it, and nothing but ``frames`` and ``messages`` is imported by it.
"""
