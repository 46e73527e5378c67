"""How long a sequence of words two texts share, gaps allowed."""

from ftbench.quality.scorers.tokens import words


def rouge_l(answer: str, reference: str) -> float:
    """F measure of the longest common subsequence of words, without stemming; 1.0 where neither text has a word.

    The longest common subsequence comes from rapidfuzz: rouge-score's own needs a table of both lengths, and minutes for long answers.
    Source: Lin 2004; equal to rouge-score's rougeL, which the tests compare with.
    """
    from rapidfuzz.distance import LCSseq

    said, wanted = words(answer), words(reference)
    if not said or not wanted:
        return float(said == wanted)
    return 2 * LCSseq.similarity(said, wanted) / (len(said) + len(wanted))
