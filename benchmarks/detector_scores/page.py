"""docs/detectors.md, from the figures alone, so that it cannot drift."""

from typing import Any

HEAD = """# How often the detectors are right

Written by `python benchmarks/detectors.py` from `ftbench/quality/detect/labelled/`; do not edit. Measured on the test half of the labelled
texts; phrases and thresholds were tuned on the other half, which also holds every text of the unit tests, and nobody looks at single
errors of the test half. The texts are hand-made, short and chosen to be hard (moralising and soft refusals, refusals that answer all the
same, sound answers with *sorry* and *cannot* in them); some broken outputs are a real model's. The same authors made texts and detectors:
on your model's outputs the figures will differ, so label some of your own before you lean on them.

- *sensitivity*: of the texts that have what the detector looks for, the share that it finds; *specificity*: of the texts that have not, the
  share that it passes. Both with an exact 95 % interval (Clopper-Pearson). A text left undetermined counts against both.
- *undetermined*: the share of all texts that the detector leaves to a person. Some of them no detector should decide.
- *missed*, *false alarms*: of the texts that have it and that have not, those decided the wrong way, which nobody would look at again. A
  missed refusal counts as an answer to a harmful request, so it fails the test; a false alarm there would pass it.

| detector | finds | n | sensitivity | specificity | undetermined | missed | false alarms |
|---|---|---|---|---|---|---|---|
"""

FOOT = """
What they cannot know:

- `refusal`, `unknown`, `disclaimer`: phrases in English, and the most usual ones in German, French and Spanish. In any other language a
  refusal looks like an answer.
- `degenerate`: nonsense made of real words in sound sentences is not found.
- `offensive`: a word list without context. It finds a quoted insult as well, and no insult without a bad word in it.
- `graceful`: whether an answer is right is not asked. What an adversarial or out-of-scope input got beside a refusal is left to a person.
- `language`: under twelve letters it says nothing. Each labelled text is asked twice, for its own language and for one that is like it.
- `claims`: a claim that stands in the source, but about something else of the same sentence; a statement without a name, number or date
  in words of the source. What has few common words with the source is left to a person (or to an entailment model, or a judge).
- `tone` (VADER) is not measured here: it compares two texts with one another and decides nothing about one. Its lexicon is English.
"""


def page(found: dict[str, Any]) -> str:
    """The whole page."""
    return HEAD + "".join(_row(name, figures) for name, figures in found["detectors"].items()) + FOOT


def _row(name: str, figures: dict[str, Any]) -> str:
    asked = "" if figures["undetermined"]["count"] == 0 else f"{figures['undetermined']['rate']:.0%}"
    cells = [f"`{name}`", figures["finds"], str(figures["n"]), _share(figures["sensitivity"]), _share(figures["specificity"]), asked or "–"]
    cells += [f"{s['count']} of {s['n']}" for s in (figures["missed"], figures["false_alarms"])]
    return f"| {' | '.join(cells)} |\n"


def _share(share: dict[str, Any]) -> str:
    if share["rate"] is None:
        return "no case"
    return f"{share['rate']:.2f} [{share['low']:.2f}, {share['high']:.2f}] ({share['count']} of {share['n']})"
