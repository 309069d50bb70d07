"""Books for meetings: what is on the agenda and why, what the meeting asked and decided, and where that goes."""
