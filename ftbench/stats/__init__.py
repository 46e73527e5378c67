"""Pure functions: intervals, bounds, sample sizes. No I/O, no pandas.

Every function names its source; none returns certainty from few samples.
"""
