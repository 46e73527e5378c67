"""Runs the steps of a gate, reaches the verdict, keeps the ledger.

The only room that knows serving, load and checks at once.
"""
