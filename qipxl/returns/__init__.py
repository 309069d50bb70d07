"""Returns that were read: the record, its problems, checking, rating, explaining and export."""
