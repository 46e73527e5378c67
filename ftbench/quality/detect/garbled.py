"""Is a text made of characters that are no text? Any script counts as text; a mixture of many does not."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

_WORDS = re.compile(r"[^\W\d_]+")
# The bytes 0x80 to 0xBF as Windows-1252 shows them: what stands behind Ã or â where UTF-8 was read in the wrong encoding.
_SECOND = re.escape("".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0xC0)))
_MOJIBAKE = re.compile(f"[ÂÃÐÑ][{_SECOND}]|[âïà][{_SECOND}]{{2}}")
_TOKENS = re.compile(r"<\|[\w ]{2,30}\|>|<unk>|</?s>|\[/?INST\]|<pad>|<0x[0-9A-F]{2}>|▁\w|<extra_id_\d+>|\[UNK\]|\[PAD\]|Ġ\w|##\w+ ##\w+")
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāăąēĕėęěĩīĭįıōŏőũūŭůűųŷ")
_EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KATAKANA-HIRAGANA", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC"}
_CODE = re.compile(
    r"```|^\s*(?:def|class|import|from|function|var|let|const|SELECT|#include|sudo|curl)\b|[{};]\s*$|https?://", re.MULTILINE
)


def has_content(text: str) -> bool:
    """Whether there is anything to be seen: not only spaces, controls and invisible characters."""
    return any(unicodedata.category(c)[0] not in "ZC" or c == "\ufffd" for c in text if not c.isspace())


def garbled(text: str) -> bool:
    """Whether `text`, which has content, is broken text: unprintable or replacement characters, bytes read in the wrong encoding, the
    model's own control tokens, no letter or digit or picture at all, mostly signs, scripts mixed inside words or from word to word,
    or words without a vowel."""
    seen = [c for c in text if not c.isspace()]
    broken = sum(_broken(c) for c in seen)
    if broken >= 3 or broken > 0.02 * len(seen):
        return True
    if len(_MOJIBAKE.findall(text)) >= 2 or _TOKENS.search(text):
        return True
    telling = sum(c.isalnum() or unicodedata.category(c) in ("So", "Sc", "Mn", "Mc") for c in seen)
    if not telling:
        return True
    if len(seen) >= 20 and not _CODE.search(text) and telling < 0.4 * sum(c not in "-=_*|:." for c in seen):
        return True
    return _mixed_scripts(text) or _unspeakable(text)


def _broken(character: str) -> bool:
    """U+FFFD, controls, lone surrogates, private use, unassigned."""
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")


def _mixed_scripts(text: str) -> bool:
    """Words of several scripts in one, or one script after another from word to word without so much as a comma: how a broken model talks.

    Chinese and Japanese have Latin names inside; a list of translations stays mostly in one script.
    """
    inside = changes = 0
    begins: Counter[str] = Counter()
    last_script, last_end = "", 0
    for word in _WORDS.finditer(text):
        scripts = {s for c in word[0] if (s := _script(c))}
        if not scripts:
            continue
        inside += len(scripts - {"EAST"}) >= 2
        script = _script(word[0][0])
        begins[script] += 1
        changes += script != last_script and last_script != "" and not text[last_end : word.start()].strip(" ")
        last_script, last_end = _script(word[0][-1]), word.end()
    foreign = begins.total() - max(begins.values(), default=0)
    return inside >= 3 or (len(begins) >= 3 and changes + inside >= 4 and foreign >= 0.4 * begins.total())


def _unspeakable(text: str) -> bool:
    """Latin words of five letters and more, four at least, most of which have no vowel, are no words. Abbreviations are upper case."""
    long = [w for w in _WORDS.findall(text) if len(w) >= 5 and w.isascii() and not w.isupper()]
    if len(long) < 4 or _CODE.search(text):
        return False
    odd = sum(not _VOWELS & set(w.casefold()) or _consonants(w) >= 6 or _switches(w) >= 3 for w in long)
    return odd >= 0.4 * len(long)


def _consonants(word: str) -> int:
    return max(map(len, re.split("[aeiouyAEIOUY]", word)))


def _switches(word: str) -> int:
    """Changes from lower to upper case within a word: 1 in McDonald, 2 in camelCaseName."""
    return sum(a.islower() and b.isupper() for a, b in zip(word, word[1:], strict=False))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """Latin, Cyrillic ...; the scripts of Chinese, Japanese and Korean are one. Empty for a letter of none, such as a modifier."""
    name = unicodedata.name(character, "").split(" ")[0]
    if name in _EAST_ASIAN or name.startswith("CJK"):
        return "EAST"
    return name if name not in ("", "MODIFIER", "MATHEMATICAL", "FEMININE", "MASCULINE", "MICRO", "DOUBLE-STRUCK", "SCRIPT") else ""
