"""Metrics and a hardware profile become cost per inference and the fleet it takes at 1x, 3x and 10x.

Arithmetic only: no measuring, no I/O but the reading of profiles.
"""
