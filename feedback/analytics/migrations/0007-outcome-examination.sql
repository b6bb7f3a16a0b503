-- Where a slot stood on its page, and how likely it was to be looked at there (relative to the first place) as believed when it was decided.
ALTER TABLE marquee.outcomes
    ADD COLUMN IF NOT EXISTS row_index UInt32 AFTER row_id,
    ADD COLUMN IF NOT EXISTS examination Float32 DEFAULT 1 AFTER propensity
