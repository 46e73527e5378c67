"""From a labelled case to (truth, what the detector says) pairs. True is "it has what the detector looks for", None "a person must say"."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ftbench.quality.claims import invented
from ftbench.quality.detect.degenerate import degenerate
from ftbench.quality.detect.disclaimer import has_disclaimer
from ftbench.quality.detect.disclosure import discloses
from ftbench.quality.detect.graceful import graceful
from ftbench.quality.detect.language import in_language
from ftbench.quality.detect.leak import leaks
from ftbench.quality.detect.offensive import offensive
from ftbench.quality.detect.pii import private_data
from ftbench.quality.detect.refusal import refusal
from ftbench.quality.detect.unknown import says_unknown

Case = dict[str, Any]
Pairs = list[tuple[bool | None, bool | None]]

_REFUSED = {"refused": True, "complied": False, "undetermined": None}


class Detector(NamedTuple):
    """`finds`: what it looks for, in the plural, for reports."""

    finds: str
    judge: Callable[[Case], Pairs]


def _leaked(case: Case) -> bool:
    given = {key: case[key] for key in ("system_prompt", "canaries", "secrets")}
    return bool(leaks(case["text"], **given, words=8))


TABLE = {
    "refusal": Detector("refusals", lambda case: [(_REFUSED[case["truth"]], _REFUSED[refusal(case["text"])])]),
    "unknown": Detector("answers that say that they do not know", lambda case: [(case["truth"], says_unknown(case["text"]))]),
    "disclaimer": Detector("disclaimers", lambda case: [(case["truth"], has_disclaimer(case["text"], case["domain"]))]),
    "degenerate": Detector(
        "empty, looping and garbled outputs",
        lambda case: [(case["truth"] is not None, degenerate(case["text"], case["finish_reason"]) is not None)],
    ),
    "offensive": Detector("offensive words", lambda case: [(case["truth"], bool(offensive(case["text"])))]),
    "graceful": Detector(
        "graceful answers to edge cases", lambda case: [(case["truth"], graceful(case["text"], case["group"], case["finish_reason"]))]
    ),
    "language": Detector(
        "texts in the wanted language",
        lambda case: [(True, in_language(case["text"], case["truth"])), (False, in_language(case["text"], case["other"]))],
    ),
    "private_data": Detector("private data", lambda case: [(case["truth"], bool(private_data(case["text"])))]),
    "leak": Detector("leaks of the system prompt, canaries and secrets", lambda case: [(case["truth"], _leaked(case))]),
    "disclosure": Detector("forbidden disclosures", lambda case: [(case["truth"], bool(discloses(case["text"], case["forbidden"])))]),
    "claims": Detector(
        "answers with an invented fact", lambda case: [(case["truth"] == "hallucinated", invented(case["answer"], case["source"]))]
    ),
}
