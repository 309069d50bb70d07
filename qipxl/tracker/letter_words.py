"""What the letters of the ratings of actions mean, in a few words."""

from __future__ import annotations

MEANINGS = {
    "R": "Late, unproven or did not work", "S": "Was embedded, no longer holds", "?": "Cannot be rated: a cell cannot be read",
    "A": "At risk, works in part, or not yet accepted", "N": "Too early to tell", "D": "Finished, not yet shown to work",
    "G": "A review shows that it works", "B": "Embedded: it lasts", "X": "Withdrawn, with a reason",
}  # fmt: skip
"""What the letter of a headline means, in a few words, the worst first."""
LEFT = {
    "S": "Has left the plan, but no longer holds", "B": "Embedded and tested again each month", "X": "Withdrawn, no longer in the plan",
}  # fmt: skip
"""The same for an action that has left the plan."""
