"""A provider summary → one HTML file that needs no server, no network and no script."""

from qipxl.page.page import write_page

__all__ = ["write_page"]
