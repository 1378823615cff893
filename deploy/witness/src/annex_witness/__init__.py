"""A transparency log witness: it cosigns a checkpoint that only adds to all it saw before."""
