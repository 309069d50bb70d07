"""`python -m qipxl` is the command `qipxl`."""

from qipxl.app.cli.main import main

if __name__ == "__main__":
    main(prog_name="qipxl")
