"""A tokenizer out of a folder, and what it makes of a request: the very tokens that the server sees, chat template included.

Before and after a run only; no Locust process imports this.
"""

import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftbench.errors import InputError
from ftbench.load.item import Item

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(folder: Path, plain_template: str | None = None) -> "PreTrainedTokenizerBase":
    """The tokenizer in `folder`. It runs no Python code of the folder and looks nothing up elsewhere.

    Args:
        plain_template: stands in where the tokenizer has no chat template, as it does in the server that is asked.
    Raises:
        InputError: there is none, it wants to run its own code, or it cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"The tokenizer folder {folder} does not exist. Give the folder that holds tokenizer.json.")
    if "auto_map" in _json(folder / "tokenizer_config.json"):
        raise InputError(f"The tokenizer in {folder} asks to run Python code that comes with it (auto_map), which is not done for prompts.")
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # a broken tokenizer.json raises plain Exception from Rust
        what = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200].rstrip(". ")
        raise InputError(f"The tokenizer in {folder} cannot be read ({what}). Copy the tokenizer files of the model into it.") from None
    gc.collect()  # transformers leaves behind thousands of regex's nodes with destructors, and a Ctrl-C that meets one is lost
    if not tokenizer.chat_template and plain_template:
        tokenizer.chat_template = plain_template
    tokenizer.model_max_length = 10**9  # it would warn of every prompt that is longer than it thinks fit
    return tokenizer


def context_of(folder: Path) -> int | None:
    """Tokens that prompt and output may have together, as the model's config.json in `folder` says; None where it does not."""
    config = _json(folder / "config.json")
    text = config.get("text_config")
    for part in (config, text if isinstance(text, dict) else {}):
        limit = part.get("max_position_embeddings")
        if isinstance(limit, int) and limit > 0:
            return limit
    return None


def count_tokens(tokenizer: "PreTrainedTokenizerBase", items: Sequence[Item], where: Sequence[str] = ()) -> list[int | None]:
    """Prompt tokens of each item's first request as the server counts them; None where it holds more than text.

    Raises:
        InputError: the tokenizer has no chat template, or the template refuses an item, which `where` then names.
    """
    ids = prompt_ids(tokenizer, items, where)
    return [None if one is None else len(one) for one in ids]


def prompt_ids(tokenizer: "PreTrainedTokenizerBase", items: Sequence[Item], where: Sequence[str] = ()) -> list[list[int] | None]:
    """The prompt of each item's first request as token ids; see `count_tokens`.

    A chat is what apply_chat_template makes of it, to be answered; a text is encoded with the tokenizer's own special tokens. vLLM,
    SGLang, TGI and our server do the same.
    """
    found: list[list[int] | None] = [None] * len(items)
    texts = [k for k, item in enumerate(items) if item.prompt is not None]
    if texts:
        for k, ids in zip(texts, tokenizer([items[k].prompt for k in texts])["input_ids"], strict=True):
            found[k] = ids
    chats = [(k, plain) for k, item in enumerate(items) if item.messages is not None and (plain := _plain(item.messages)) is not None]
    if not chats:
        return found
    if not tokenizer.chat_template:
        raise InputError(
            f"The tokenizer in {tokenizer.name_or_path} has no chat template. Use the completions API, or copy the template there."
        )
    try:
        rendered = _chat_ids(tokenizer, [plain for _, plain in chats])
    except Exception:  # templates raise what they like; one by one they tell which message it was
        rendered = [_one(tokenizer, plain, where[k] if where else f"prompt {k + 1}") for k, plain in chats]
    for (k, _), ids in zip(chats, rendered, strict=True):
        found[k] = ids
    return found


def text_ids(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]) -> list[list[int]]:
    """Tokens of the texts alone, without template and special tokens."""
    return tokenizer(list(texts), add_special_tokens=False)["input_ids"] if texts else []


def _chat_ids(tokenizer: "PreTrainedTokenizerBase", chats: list[list[dict[str, Any]]]) -> list[list[int]]:
    return tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=True, return_dict=False)


def _one(tokenizer: "PreTrainedTokenizerBase", chat: list[dict[str, Any]], where: str) -> list[int]:
    try:
        return _chat_ids(tokenizer, [chat])[0]
    except Exception as error:
        raise InputError(f"{where}: the model's chat template refuses these messages: {str(error)[:160]}. Correct their roles.") from None


def _plain(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The messages with the parts of a content put together, as servers do with text; None where one is a picture or a sound."""
    plain = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            if any(not isinstance(part, dict) or not isinstance(part.get("text"), str) for part in content):
                return None
            message = {**message, "content": "".join(part["text"] for part in content)}
        plain.append(message)
    return plain


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
