"""Evidence: what shows, to somebody who trusts neither office nor collector, that nothing was altered.

`chain` checks the reports of one agent against each other. Pure: lines in, findings out.
"""
