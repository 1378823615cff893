"""How each refusal looks over HTTP, with the statuses that c2sp.org/tlog-witness names."""

from http import HTTPStatus

from annex_shared.http.problems import Problem, ProblemTable
from annex_witness.domain import errors

PROBLEMS: ProblemTable = {
    errors.CheckpointMalformed: Problem(
        "checkpoint-malformed", HTTPStatus.BAD_REQUEST, "Checkpoint malformed"
    ),
    errors.LogUnknown: Problem("log-unknown", HTTPStatus.NOT_FOUND, "Log unknown"),
    errors.CheckpointNotSigned: Problem(
        "checkpoint-not-signed", HTTPStatus.FORBIDDEN, "Checkpoint not signed"
    ),
    errors.CheckpointInconsistent: Problem(
        "checkpoint-inconsistent", HTTPStatus.UNPROCESSABLE_ENTITY, "Checkpoint inconsistent"
    ),
    # The handler answers it itself: logs read the size out of the body.
    errors.SeenAnotherTree: Problem("seen-another-tree", HTTPStatus.CONFLICT, "Seen another tree"),
    errors.StateUnavailable: Problem(
        "state-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "State unavailable"
    ),
    errors.StateUnusable: Problem("state-unusable", HTTPStatus.INTERNAL_SERVER_ERROR, "State unusable"),
}
