"""Proofs of durability: what crashes, power cuts and failures may cost, and what they never do."""
