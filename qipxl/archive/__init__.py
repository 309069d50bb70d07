"""The archive of returns: reading, adding, deleting."""
