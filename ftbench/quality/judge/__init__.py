"""A model that grades answers: what it is asked, how its word is read, and whether it agreed with people often enough to count.

Talks over HTTP like any client; decides nothing itself.
"""
