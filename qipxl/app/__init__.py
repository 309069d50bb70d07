"""The programs: the command line, Excel's buttons and console, and the demo."""
