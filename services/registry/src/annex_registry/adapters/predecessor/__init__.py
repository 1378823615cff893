"""Where an import reads from: an Alga v2 database and its object store, neither ever written to."""
