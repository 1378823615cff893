"""The store of one instance, with the ceilings that hold for every guest."""

from typing import Final

from wasmtime import Engine, Store

# Growth up to the 4 GiB of 32-bit memory succeeds and is measured by the watch, which ends the call: a
# refused growth would look to the guest like any other failure, and to us like any other trap.
_LINEAR_MEMORY_BYTES: Final = 4 << 30
# The same goes for tables, whose size is measured when the call ends.
_TABLE_ELEMENTS: Final = (1 << 32) - 1
_INSTANCES: Final = 64
_TABLES: Final = 64
_MEMORIES: Final = 16


def limited_store(engine: Engine) -> Store:
    """Make a store; whoever asked for it closes it."""
    store = Store(engine)
    store.set_limits(_LINEAR_MEMORY_BYTES, _TABLE_ELEMENTS, _INSTANCES, _TABLES, _MEMORIES)
    return store
