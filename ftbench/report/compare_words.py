"""The sentences of a comparison that every rendering shares."""

from collections.abc import Sequence

from ftbench.compare.contract import p_value
from ftbench.compare.file import Calibration, CompareFile, Figure, PairedDifference, Quality, SpeedDifference
from ftbench.compare.recommend import cell_name
from ftbench.report import human
from ftbench.report.words import STATUS, limits_of

COLOURS = 6  # of variants in the charts; a seventh begins again
TONE = {"one": "PASS", "tied": "PASS", "none": "FAIL", "unknown": "NEEDS_REVIEW"}
CONTRACT = {True: "yes", False: "no", None: "open"}

GLOSSARY = {
    "Cell": "One variant of the model on one kind of hardware with a number of replicas.",
    "Measured, modelled": "Measured: observed in this comparison. Modelled (marked ≈): computed for hardware that was not at hand; its "
    "range is as wide as the model has been wrong where it could be checked.",
    "Reference": "The variant that the others are compared with, as a rule the most precise one.",
    "TTFT, TPOT, E2E": "Time to the first token, per token after it, and to the last byte, with so many requests at once.",
    "Capacity": "The highest rate of requests that kept the SLO each time it was sent: a lower bound. It is never the highest throughput.",
    "MBU, MFU": "Share of the peak memory bandwidth, and of the peak arithmetic, that a step of decoding reached.",
    "Right answers": "Answers that the gate's own tests call right, of the cases that every variant was given.",
    "Lost, gained": "Cases that the reference answered rightly and this variant wrongly, and the other way round.",
    "p": "How often chance alone would bring so one-sided a change, over all that was compared (exact McNemar, Holm). Below 0.05 it is "
    "called a difference.",
    "KL": "How far the probabilities of the next word are from the reference's along the reference's own answers, in nats; 0 is the same.",
    "Top 1": "Share of places at which both hold the same next token for the most likely.",
    "Perplexity": "How many tokens the model hesitates between, at the mean, in the given text. Less is better; the ratio to the "
    "reference is tested on the same tokens.",
    "Broken answers": "Answers that loop, are empty or garbled, and requests without an answer.",
}


def headline(file: CompareFile) -> str:
    """The outcome in a few words."""
    found = file.recommendation
    if found is None:
        return "Still being measured"
    if found.outcome == "none":
        return "No cell meets the contract"
    if found.outcome == "unknown":
        return "No cell can be recommended yet"
    best = next((c for c in file.cells if found.ranking and c.id == found.ranking[0]), None)
    name = cell_name(best) if best else "See the ranking"
    model = "Modelled: " if best and best.basis == "modelled" else ""
    return f"{model}{name}" if found.outcome == "one" else f"{model}{name}, or as good"


def sentence(file: CompareFile) -> str:
    """Why, in one sentence."""
    if file.recommendation is None:
        return "The comparison goes on; what stands here is not complete."
    return file.recommendation.sentence.removeprefix(f"{headline(file)}. ")


def tone(file: CompareFile) -> str:
    """The class of the verdict's colour."""
    return TONE[file.recommendation.outcome] if file.recommendation else "SKIPPED"


def model_line(file: CompareFile) -> str:
    """Model, adapter, engine."""
    parts = [str(file.model.get("name") or file.model.get("path") or human.MISSING)]
    parts += [human.named("adapter", file.model["adapter"])] if file.model.get("adapter") else []
    parts += [f"engine {file.model['engine']}"] if file.model.get("engine") else []
    return ", ".join(human.clip(part, 120) for part in parts)


def promise(file: CompareFile) -> str:
    """The SLO in words."""
    return f"{human.listed(limits_of(file.slo))}, kept by {human.percent(file.attainment)} of all requests"


def chance(p: float) -> str:
    """A p-value as it stands in a table."""
    return p_value(p).removeprefix("= ")


def losses(file: CompareFile) -> list[tuple[str, str]]:
    """(variant, sentence) of every loss against the reference that was shown: right answers, and likelihood of the text."""
    found = []
    for q in file.quality:
        worse = [d for d in q.differences if d.word == "worse"]
        ratio = q.likelihood.perplexity_ratio if q.likelihood else None
        if ratio is not None and ratio.low is not None and ratio.low > 1:
            found.append((q.variant, f"expects the text less than {file.reference} does: its perplexity is {times(ratio)} times as high."))
        if worse:
            told = [f"{d.check}: {versus(d)}, {d.lost} lost and {d.gained} gained, p {p_value(d.p_adjusted)}" for d in worse]
            broken = q.degenerate
            told += [f"{human.percent(broken.value)} of its answers are broken ({broken.note})"] if broken and broken.value else []
            found.append((q.variant, f"answers worse than {file.reference}. {'; '.join(told)}."))
    return found


def tested(q: Quality) -> dict[str, PairedDifference]:
    """Its differences by test."""
    return {d.check: d for d in q.differences}


def times(ratio: Figure) -> str:
    """A ratio with its interval: "1.08 (1.06–1.1)"."""
    band = human.interval((ratio.low, ratio.high), "")
    return f"{human.significant(ratio.value)} ({band})" if band else human.significant(ratio.value)


def versus(d: PairedDifference) -> str:
    """ "60 % right against 92 % on the same 120 cases"."""
    return f"{human.percent(d.right / d.n)} right against {human.percent(d.reference_right / d.n)} on the same {d.n} cases"


def points(difference: float) -> str:
    """A difference of two shares in points of a hundred, with its sign."""
    shown = human.significant(100 * difference, 3 if abs(difference) >= 0.1 else 2)
    return f"+{shown}" if difference > 0 else shown


def points_range(interval: tuple[float, float]) -> str:
    """ "−40.2 to −23.1"."""
    return f"{points(interval[0])} to {points(interval[1])}"


def share(figure: Figure | None) -> str:
    """A share with its interval: "92.5 % (86.2–96.5 %)"."""
    if figure is None or figure.value is None:
        return human.MISSING
    found = human.interval((figure.low, figure.high), "rate")
    return f"{human.percent(figure.value)} ({found})" if found else human.percent(figure.value)


def nats(value: float | None) -> str:
    """A divergence; a tiny one as a bound, since below it only rounding is seen."""
    return human.MISSING if value is None else "0" if value == 0 else "< 0.000001" if value < 1e-6 else human.significant(value, 2)


def gates(q: Quality) -> str:
    """ "accuracy passed, format_compliance failed"."""
    return ", ".join(f"{check} {STATUS[status].lower()}" for check, status in q.gates.items()) or human.MISSING  # type: ignore[index]


def against(file: CompareFile) -> list[tuple[str, str]]:
    """Why cells do not meet the contract, or why that is open: (numbers of the cells, reason)."""
    cells_of: dict[str, list[int]] = {}
    for number, cell in enumerate(file.cells, 1):
        for reason in cell.why_not:
            cells_of.setdefault(reason, []).append(number)
    return [(ranges(numbers), reason) for reason, numbers in cells_of.items()]


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, those that follow each other as a range: "1–3, 7"."""
    found: list[list[int]] = []
    for n in numbers:
        if found and n == found[-1][-1] + 1:
            found[-1].append(n)
        else:
            found.append([n])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in found)


def speed_line(file: CompareFile, d: SpeedDifference) -> str:
    """ "fp32@local x1 against int8@local x1, time of ...: 0.31 (0.28 to 0.35): fp32@local x1 is faster"."""
    band = f" ({human.significant(d.interval[0])} to {human.significant(d.interval[1])})" if d.interval else ""
    return f"{d.a} takes {human.significant(d.ratio)}{band} times what {d.b} takes"


def calibration_line(c: Calibration) -> str:
    """Median and worst error."""
    return f"median {human.percent(c.median_error, 0)}, worst {human.percent(c.worst_error, 0)} of {c.n}"


def variants(file: CompareFile) -> list[str]:
    """All variants in the order of the table, for their colours."""
    return list(dict.fromkeys(c.variant for c in file.cells))
