"""qipxl: quality improvement plans in Excel."""
