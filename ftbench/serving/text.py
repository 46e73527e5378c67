"""A chat becomes token ids, and token ids become text piece by piece: "" while a character or a stop string is still incomplete."""

from tokenizers.decoders import DecodeStream
from transformers import PreTrainedTokenizerBase


def chat_ids(tokenizer: PreTrainedTokenizerBase, messages: list[dict[str, str]]) -> list[int]:
    """A conversation as the token ids that the model is given, up to where its answer begins. Templates raise what they like."""
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=False)


class TextStream:
    """The text of one answer as its tokens arrive."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, stop: list[str]) -> None:
        self._tokenizer = tokenizer
        self._decoder = DecodeStream(skip_special_tokens=True)
        self._stop = StopFilter(stop)
        self._ids: list[int] = []
        self._decoded = ""
        self.stopped = False

    def push(self, token_id: int) -> str:
        """Text that is certain after one more token. Sets `stopped` when a stop string is complete; the string itself is not returned."""
        self._ids.append(token_id)
        piece = self._decoder.step(self._tokenizer.backend_tokenizer, token_id) or ""
        self._decoded += piece
        text = self._stop.push(piece)
        self.stopped = self._stop.stopped
        return text

    def finish(self) -> str:
        """What was still held back when the answer ended: the start of a stop string, or bytes that never became a character."""
        if self.stopped:
            return ""
        whole = self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        rest = whole[len(self._decoded) :] if whole.startswith(self._decoded) else ""
        return self._stop.push(rest) + self._stop.flush()


class StopFilter:
    """Lets text through up to the first stop string, however the string is cut into pieces."""

    def __init__(self, stop: list[str]) -> None:
        self._stop = [word for word in stop if word]
        self._held = ""
        self.stopped = False

    def push(self, piece: str) -> str:
        if not self._stop:
            return piece
        if self.stopped:
            return ""
        text = self._held + piece
        hits = [at for word in self._stop if (at := text.find(word)) >= 0]
        if hits:
            self.stopped, self._held = True, ""
            return text[: min(hits)]
        keep = max(_overlap(text, word) for word in self._stop)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        text, self._held = self._held, ""
        return text


def _overlap(text: str, word: str) -> int:
    """Length of the longest end of `text` that begins `word`."""
    return next((n for n in range(min(len(word) - 1, len(text)), 0, -1) if word.startswith(text[-n:])), 0)
