"""Counting people: who is who across services, what a clerk decides, and how many there are.

`linking` finds who is who, `work` has it done, `workings` keeps what a count needs, sealed.
"""
