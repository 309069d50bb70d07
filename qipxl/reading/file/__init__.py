"""One file opened on its own, in a process of its own: what it is, whether it is safe, and what its sheets hold.

Nothing here knows pandas or the other files of a batch, so that a process that opens files starts at once.
"""
