"""Simulated provinces with known truth, for the demo, the tests and the benches alike.

No clock, no disk, no network: one seed gives one province, byte for byte. Everything is marked
`simulated`; offices have invented names and codes in districts that no province has.

`province.simulate` puts the parts together: `cast` (who), `axis` (when), `faults` (what goes wrong),
`presence` (which PCs are on), `situations` (what a probe then sees, judged by the agent's own rules),
`rounds` (sealed reports), `desk` (when entries get posted, with and without the faults), `books` (files).
"""
