"""Tokens counted by a tokenizer of our own, after the run, for servers that do not count."""

from pathlib import Path
from typing import Any

from ftbench.errors import InputError
from ftbench.load.tokens import Recount


def recount_with(folder: str) -> Recount:
    """A counter by the tokenizer in `folder`; special tokens, which no client sees, are not counted.

    Raises:
        InputError: there is no tokenizer that can be read.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError(f"{folder} has no tokenizer: there is no such folder. Give the model's own folder.")
    encoder = _fast(path / "tokenizer.json") if (path / "tokenizer.json").is_file() else _transformers(path)

    def recount(texts: list[str]) -> tuple[int, int]:
        """(tokens in all, tokens in the first) of a stream's visible texts.

        The first one's are those of the whole text that begin in it: cut at a chunk's edge, a word may fall into other tokens.
        """
        texts = [text.encode("utf-8", "replace").decode() for text in texts]  # half a surrogate pair is no text that can be encoded
        starts = encoder("".join(texts))
        return max(len(starts), 1), max(sum(start < len(texts[0]) for start in starts), 1)

    return recount


def _fast(file: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise InputError(f"{file} is no tokenizer: {error}. Give the folder of the model's tokenizer.") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: [start for start, _ in tokenizer.encode(text, add_special_tokens=False).offsets]


def _transformers(folder: Path) -> Any:
    """A tokenizer in another form, as a sentencepiece model."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{folder} has no tokenizer that can be read: {str(error).splitlines()[0]} Give the model's own folder.") from None

    return lambda text: [start for start, _ in tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]]
