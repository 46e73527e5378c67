"""What a text shows by itself: refusals, loops, disclaimers, offences and the like. Pure functions on text; no case, no spec, no I/O.

A detector can err: how often, on texts with known truth, stands beside it (`figures`), and what it cannot know it leaves to a person.
"""
