"""A made-up provider whose services fill in their trackers, well and badly: to try qipxl, and to test it with many files."""

from qipxl.app.demo.make import Demo, make_demo

__all__ = ["Demo", "make_demo"]
