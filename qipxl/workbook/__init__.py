"""The parts that all workbooks of qipxl share: layout, stamp, cells, headings, styles and the writer."""
