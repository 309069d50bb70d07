"""Opens one file in a separate process: what kind it is, whether it is safe, and the content of its sheets.

Nothing here imports pandas or knows the other files of a batch, so that worker processes start fast.
"""
