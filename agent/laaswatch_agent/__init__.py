"""The laaswatch agent: measures the way to the accounting site and names the layer that failed."""

__version__ = "0.1.0"
