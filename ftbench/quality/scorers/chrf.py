"""How many short runs of characters two texts share: forgiving with inflection, and for every script."""


def chrf(answer: str, reference: str) -> float:
    """chrF2 from 0 to 1 (sacrebleu's number over 100): character 1- to 6-grams, recall counts twice; 1.0 where both texts are empty.

    Source: Popović 2015; sacrebleu's signature nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no.
    """
    from sacrebleu.metrics.chrf import CHRF

    if not answer.split() or not reference.split():
        return float(answer.split() == reference.split())
    return min(1.0, CHRF().sentence_score(answer, [reference]).score / 100)
