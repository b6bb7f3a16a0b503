-- Conditional probability of each row at its place given those above it; empty: rows stand as they were given.
ALTER TABLE marquee.decisions
    ADD COLUMN IF NOT EXISTS row_propensities Array(Float32) AFTER row_lengths
