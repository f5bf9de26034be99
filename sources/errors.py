"""The tree of errors that Palermo raises on purpose.

    PalermoError                exit code 1
    ├── WorkspaceError          the workspace, its settings or its key are not usable
    │   └── TransientError      a drive or the warehouse did not answer; it may the next time, so it is tried again
    ├── DefinitionError         a fact of ours (table, contract, metric, study) contradicts itself
    ├── DeliveryError           a delivery cannot be taken in: it is held, the last good one stays in use
    │   ├── ContractError       the files do not have what the contract says
    │   ├── ArchiveError        a zip that cannot or must not be opened
    │   └── UnfinishedError     the files are still being written; the next refresh takes them in
    └── EditionError            an edition is missing or damaged

A message names the place, the rule and the next step, and never a value of a record.
"""

import errno


class PalermoError(Exception):
    """Anything that Palermo refuses, with a message made for the person who must act."""


class WorkspaceError(PalermoError):
    """The workspace, its settings or its key are not usable."""


class TransientError(WorkspaceError):
    """A drive or the warehouse did not answer just now."""


class DefinitionError(PalermoError):
    """A definition of ours contradicts itself or names something unknown."""


class DeliveryError(PalermoError):
    """A delivery cannot be taken in; it is held."""


class ContractError(DeliveryError):
    """The files do not have what the contract says."""


class ArchiveError(DeliveryError):
    """A zip that cannot or must not be opened."""


class UnfinishedError(DeliveryError):
    """The files are still being written."""


class EditionError(PalermoError):
    """An edition is missing or damaged."""


TRANSIENT = {
    getattr(errno, name)
    for name in ("EIO", "ESTALE", "ETIMEDOUT", "EAGAIN", "EBUSY", "EINTR", "ENETDOWN", "ENETUNREACH", "EHOSTDOWN",
                 "EHOSTUNREACH", "ECONNRESET", "EREMOTEIO")
    if hasattr(errno, name)
}  # fmt: skip


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed in a moment: a network drive that was away, a file that was busy."""
    return isinstance(error, TransientError) or (isinstance(error, OSError) and error.errno in TRANSIENT)


def in_words(error: Exception) -> str:
    """What is wrong with a definition: field and reason, a line for all of them, without the values that were given."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    found = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(map(str, one["loc"]))
        reason = REASONS.get(one["type"]) or one["msg"].removeprefix("Value error, ")
        found.append(f"{field}: {reason}" if field else reason)
    return "; ".join(found)


REASONS = {"missing": "required and not given", "extra_forbidden": "not a field that is known here"}
