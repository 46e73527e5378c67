"""One run rendered as JSON, HTML, Markdown and JUnit. Escapes everything that a model said; contains no script.

Reads a finished report only; never measures.
"""
