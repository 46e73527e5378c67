"""What can go wrong outside of our own code, and the exit code that tells a script which it was."""

from enum import IntEnum


class Exit(IntEnum):
    """The same for every command."""

    PASSED = 0
    FAILED = 1
    BAD_INPUT = 2
    INVALID = 3
    NEEDS_REVIEW = 4
    INTERRUPTED = 130


class InputError(Exception):
    """The user's input is wrong. The message is one sentence or two: what, where, how to mend it."""

    exit_code = Exit.BAD_INPUT


class InvalidMeasurement(Exception):
    """A measurement could not be made or is not to be trusted; it says nothing about the model."""

    exit_code = Exit.INVALID


class NoData(Exception):
    """A statistic was asked of no cases at all. An empty test set proves nothing."""
