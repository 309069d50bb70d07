"""A made-up provider whose services fill in their trackers with good habits and bad: to try qipxl on, and to load it."""

from qipxl.app.demo.make import Demo, make_demo

__all__ = ["Demo", "make_demo"]
