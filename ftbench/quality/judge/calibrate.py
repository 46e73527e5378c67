"""May the judge's word count? Only where it agreed with people often enough, on answers of both kinds."""

from collections.abc import Mapping, Sequence

from ftbench.quality.judge.labels import Label
from ftbench.quality.judge.question import CHOICES, GOOD, UNPARSED, Calibration, Opinion, Task
from ftbench.spec.judge import Judge
from ftbench.stats import interval


def calibrate(labels: Sequence[Label], opinions: Mapping[str, Opinion], tasks: Sequence[Task], settings: Judge) -> dict[Task, Calibration]:
    """How the judge did on people's labels, for each of `tasks`; `opinions` by question id.

    A judge may gate a task when there are `min_labels`, at least `min_agreement` of them agree, and people's labels are of both kinds, good
    and not good, which it tells apart better than chance: on good answers alone "Correct" every time would agree always.
    """
    return {task: _of_task(task, [label for label in labels if label.question.task == task], opinions, settings) for task in tasks}


def _of_task(task: Task, labels: list[Label], opinions: Mapping[str, Opinion], settings: Judge) -> Calibration:
    said = [(label.human, opinions[label.question.id].choice) for label in labels]
    n, good = len(said), GOOD[task]
    counts = {human: {judge: 0 for judge in (*CHOICES[task], UNPARSED)} for human in CHOICES[task]}
    for human, judge in said:
        counts[human][judge or UNPARSED] += 1
    same = sum(human == judge for human, judge in said)
    of_good = [judge in good for human, judge in said if human in good]
    of_bad = [judge is not None and judge not in good for human, judge in said if human not in good]
    sensitivity, specificity = _share(of_good), _share(of_bad)
    against = _against(task, n, same, sensitivity, specificity, settings)
    facts = ""
    if n:
        low, high = interval(same, n)
        facts = f"the judge agreed with people on {same} of {n} labels of {task} ({same / n:.0%}, 95 % interval {low:.0%} to {high:.0%})"
    return Calibration(
        task=task,
        n=n,
        agreement=same / n if n else None,
        sensitivity=sensitivity,
        specificity=specificity,
        n_good=len(of_good),
        n_bad=len(of_bad),
        unparsed=sum(judge is None for _, judge in said),
        may_gate=not against,
        why="; ".join(filter(None, [facts, *against])),
        counts=counts,
    )


def _against(task: Task, n: int, same: int, sensitivity: float | None, specificity: float | None, settings: Judge) -> list[str]:
    if not n:
        return [f"nobody's labels of {task} say whether the judge is right; give {settings.min_labels} in judge.calibration"]
    reasons = []
    if n < settings.min_labels:
        reasons.append(f"{settings.min_labels - n} labels more are needed (judge.min_labels)")
    if same < settings.min_agreement * n - 1e-9:
        reasons.append(f"less than {settings.min_agreement:.0%} (judge.min_agreement)")
    if sensitivity is None or specificity is None:
        reasons.append(f"all labels are {'good' if specificity is None else 'not good'} answers; add some of the other kind")
    elif sensitivity + specificity <= 1:
        reasons.append(f"it tells good answers ({', '.join(GOOD[task])}) from others no better than chance")
    return reasons


def _share(outcomes: list[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None
