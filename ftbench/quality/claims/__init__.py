"""Factual claims of an answer and the search for them in the source. Pure functions on text, no models.

A screen: what it says has a measured error, and what it cannot say it leaves open.
"""

from ftbench.quality.claims.assess import Sentence, assess, invented, verdict
from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.extract import claims

__all__ = ["Claim", "Sentence", "assess", "claims", "invented", "verdict"]
