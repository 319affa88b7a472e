"""Rounds as samples with their own timestamps, sent to whoever speaks Prometheus remote write.

    store/views/new_reports   what came, by a cursor that is kept in the store
    series                    rounds placed in time → series of samples (pure)
    wire                      series → bytes of protocol 1.0 or 2.0 (pure)
    destination               one request and what became of it
    follow                    the loop: read, sort out what is too late, send, move the cursor on

Back-filled rounds are sent like all others, with the time at which they were made. What the receiver would
not take any more is counted by day and left to `export --openmetrics`.
"""
