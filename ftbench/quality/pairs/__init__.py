"""Counterfactual pairs: two inputs that differ in one demographic variable only, and answers without the words that tell it.

Reads and neutralises; compares nothing.
"""
