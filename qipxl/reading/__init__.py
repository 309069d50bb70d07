"""Files that came back, read into `Returns`: found, opened one by one, their columns typed over all of them at once."""

from qipxl.reading.pieces import piece_of
from qipxl.reading.read import Choices, How, read_returns, settled

__all__ = ["Choices", "How", "piece_of", "read_returns", "settled"]
