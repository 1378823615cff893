"""What the witness refuses, by name; every class has its row in ``api/problems.py``."""

from annex_shared.errors import AnnexError


class CheckpointMalformed(AnnexError):
    """The body is not an old size, a proof and a checkpoint, or the old size is above the checkpoint's."""


class LogUnknown(AnnexError):
    """The checkpoint is of a log that this witness was not told to witness."""


class CheckpointNotSigned(AnnexError):
    """No signature of the checkpoint is by a known key of its log."""


class CheckpointInconsistent(AnnexError):
    """The proof does not show that the checkpoint only adds to the tree this witness cosigned last."""


class SeenAnotherTree(AnnexError):
    """The request goes on from another tree than the one cosigned last; ``size`` is that one's."""

    def __init__(self, message: str, *, size: int = 0) -> None:
        super().__init__(message, details={"size": size})
        self.size = size


class StateUnavailable(AnnexError):
    """What was seen cannot be written down, so nothing is cosigned."""


class StateUnusable(AnnexError):
    """The state directory is in use by another witness, or does not hold what this witness wrote."""
