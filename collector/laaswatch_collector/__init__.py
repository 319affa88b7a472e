"""The laaswatch collector: from agents' reports and ledgers to outages, blame and explanations."""
