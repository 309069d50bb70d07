"""A provider summary → one HTML file that needs no server, network or script, and the board page as PDF."""

from qipxl.summary.page.page import write_page
from qipxl.summary.page.pdf import write_board_pdf

__all__ = ["write_board_pdf", "write_page"]
