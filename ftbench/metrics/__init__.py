"""Records become TTFT, TPOT, E2E, percentiles with intervals, goodput and a verdict on the measurement itself.

Reads record tables, sends nothing.
"""
