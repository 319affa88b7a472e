"""What Prometheus reads: the nation by province and provider, and single offices for those who ask for them.

Labels are bounded by closed lists: province, isp, role, fault, scope, layer, book, band, verdict, state and
the newest months; `/metrics/offices` adds the office. Never a PC, never a person.
"""
