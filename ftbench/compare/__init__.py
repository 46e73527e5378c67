"""Variants x hardware x replicas side by side: what each costs, how fast it is, and how good its answers are.

Measuring, modelling and judging of cells; no rendering (that is `report`). Differences are tested in pairs, never read off two averages.
"""
