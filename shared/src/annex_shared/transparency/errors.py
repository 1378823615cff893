"""What the transparency log's formats and proofs are refused for; nothing here is ever partly trusted."""

from annex_shared.errors import AnnexError


class TransparencyError(AnnexError):
    """The family of every refusal in this package; it is never raised itself."""


class FrontierMalformed(TransparencyError):
    """A stored frontier cannot belong to a tree of its size."""


class LeafOutsideTree(TransparencyError):
    """A proof was asked for that the tree of this size does not hold."""


class InclusionBroken(TransparencyError):
    """The hashes do not lead from the leaf to the root: the entry is not shown to be in the tree."""


class ConsistencyBroken(TransparencyError):
    """The hashes do not show that the larger tree only adds to the smaller one."""


class TileMalformed(TransparencyError):
    """A tile's path is not the one spelling, or its bytes are not as many as its width says."""


class NoteMalformed(TransparencyError):
    """The bytes are not a signed note."""


class NoteKeyMalformed(TransparencyError):
    """A verifier key or a private key of a note is not spelled as its kind requires."""


class NoteSignatureBroken(TransparencyError):
    """A signature in a known key's name was not made by it over this text: nothing of the note counts."""


class NoteSignerUnknown(TransparencyError):
    """No signature of the note is by a known key."""


class CheckpointMalformed(TransparencyError):
    """The text is not origin, tree size and root hash."""


class EmptyRootWrong(CheckpointMalformed):
    """A checkpoint of size 0 has another root than the empty tree's."""


class OriginMismatch(TransparencyError):
    """A checkpoint is of another log than the key that should vouch for it."""


class EntryMalformed(TransparencyError):
    """The bytes are not an entry of ``annex-log/v1`` in its one spelling."""


class EntryMismatch(TransparencyError):
    """The proven entry is about something else than what is held; ``details.field`` names the difference."""


class ChainBroken(TransparencyError):
    """The entries shown are not the whole history of one extension; ``details.reason`` says why."""


class LogProofMalformed(TransparencyError):
    """The text is not a ``c2sp.org/tlog-proof@v1``."""


class PolicyMalformed(TransparencyError):
    """The text is not a ``c2sp.org/tlog-policy``; ``details.line`` is where."""


class QuorumMissing(TransparencyError):
    """Fewer witnesses than the policy asks for have cosigned the checkpoint."""


class AddCheckpointMalformed(TransparencyError):
    """The bytes are not what a log sends a witness."""
