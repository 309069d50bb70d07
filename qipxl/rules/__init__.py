"""The rule language: one line of text, read as an evaluation over columns, an Excel formula and English."""
