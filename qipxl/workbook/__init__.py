"""What every workbook of ours is made of: layout, stamp, cells, headings and the writer."""
