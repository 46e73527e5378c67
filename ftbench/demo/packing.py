"""Several conversations in one row for training: their system prompt once, and each of them as a branch behind it.

Most of a ticket's tokens are its system prompt. A branch sees the prompt and itself, at the positions that it has in serving,
so the loss is that of the conversations one by one, at about half the tokens and without padding.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftbench.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ROLES = ["system", "user", "assistant"]


@dataclass(frozen=True)
class Conversation:
    """Token ids of one example: `system` is shared with others, `user` ends where the answer begins, `answer` ends the turn."""

    system: tuple[int, ...]
    user: tuple[int, ...]
    answer: tuple[int, ...]
    prompt: str  # the system prompt as text
    ticket: str


@dataclass(frozen=True)
class Row:
    """T tokens of several conversations, A of them answers'.

    `ids` and `positions` have shape (T,), `sees` (T, T): whether the token of the row may look at the token of the column. The
    logits at `before` (A,) are to say `targets` (A,), which belong to the conversations `owner` (A,).
    """

    ids: np.ndarray
    positions: np.ndarray
    sees: np.ndarray
    before: np.ndarray
    targets: np.ndarray
    owner: np.ndarray


def read_conversations(files: Iterable[Path], tokenizer: "PreTrainedTokenizerBase") -> list[Conversation]:
    """Every line of `files` ({"messages": [system, user, assistant]}), as the server formats it, in the order of the files.

    Raises:
        InputError: a line has other roles, or the template does not put the system prompt first.
    """
    return [
        _tokens(json.loads(line)["messages"], tokenizer, f"{path.name}, line {number}")
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line
    ]


def _tokens(messages: list[dict[str, str]], tokenizer: "PreTrainedTokenizerBase", where: str) -> Conversation:
    if [message["role"] for message in messages] != ROLES:
        raise InputError(f"{where}: the roles must be {', '.join(ROLES)}. Bring the line into that order.")
    system = tokenizer.apply_chat_template(messages[:1], tokenize=True, return_dict=False)
    prompt = tokenizer.apply_chat_template(messages[:2], tokenize=True, add_generation_prompt=True, return_dict=False)
    if prompt[: len(system)] != system:
        raise InputError(f"{where}: the chat template changes the system prompt when a user speaks. Take a model whose template does not.")
    answer = [*tokenizer(messages[2]["content"], add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    rest = prompt[len(system) :]
    return Conversation(tuple(system), tuple(rest), tuple(answer), messages[0]["content"], messages[1]["content"])


def pack(conversations: Sequence[Conversation]) -> Row:
    """`conversations`, which share their system prompt, in one row."""
    system = conversations[0].system
    ids: list[int] = [*system]
    positions: list[int] = [*range(len(system))]
    branch: list[int] = [-1] * len(system)  # which conversation a token is of, -1 for the prompt
    before: list[int] = []
    targets: list[int] = []
    owner: list[int] = []
    for index, one in enumerate(conversations):
        tokens = [*one.user, *one.answer[:-1]]  # what is said last predicts nothing
        first = len(ids) + len(one.user) - 1
        before += range(first, first + len(one.answer))
        targets += one.answer
        owner += [index] * len(one.answer)
        ids += tokens
        positions += range(len(system), len(system) + len(tokens))
        branch += [index] * len(tokens)
    of = np.array(branch)
    sees = np.tril((of == -1) | (of[:, None] == of))
    return Row(np.array(ids), np.array(positions), sees, np.array(before), np.array(targets), np.array(owner))


def by_prompt(conversations: Iterable[Conversation]) -> list[list[Conversation]]:
    """`conversations` in groups that can be packed."""
    groups: dict[tuple[int, ...], list[Conversation]] = {}
    for one in conversations:
        groups.setdefault(one.system, []).append(one)
    return list(groups.values())
