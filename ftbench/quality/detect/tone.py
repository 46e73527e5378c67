"""The tone of a text, for comparing two texts with one another."""

from functools import cache
from typing import Any

CHARACTERS = 20_000


def tone(text: str) -> float:
    """Sentiment from -1 (hostile) to 1 (warm): VADER's compound score. 0 where no word of its English lexicon occurs.

    Its lexicon is English: in another language it hears emoticons and loan words only, so that a tone of 0 there says nothing.
    Source: Hutto & Gilbert 2014, package vaderSentiment.
    """
    return float(_analyzer().polarity_scores(text[:CHARACTERS])["compound"])


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
