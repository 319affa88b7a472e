"""The report format: what an agent sends and a collector keeps, word for word.

Standard library only, no clock, no disk, no network. `vocabulary` holds the closed lists, `model` the
values, `codec` turns bytes into values and back within limits, `chain` numbers and links them.
"""
