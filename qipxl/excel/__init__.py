"""What runs inside Excel: the open tracker checked, and the console workbook whose buttons call qipxl.

Needs `pip install 'qipxl[excel]'`, and Excel on Windows or macOS. Each function takes an `xlwings.Book` and reads whole ranges;
only the part of xlwings under the BSD licence is used.
"""

from qipxl.excel.checked import check_open_book, rate_open_book, read_open_book

__all__ = ["check_open_book", "rate_open_book", "read_open_book"]
