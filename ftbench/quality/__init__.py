"""Test sets, the generations that a target gives to them, and what judges a single answer.

Sends cases over HTTP like any client; never imports serving.
"""
