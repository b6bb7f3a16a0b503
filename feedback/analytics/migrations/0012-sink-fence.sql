-- What the fence of a partition of `labels` had seen up to `offset` (feedback/events/label-fence.ts): which labels count after it follows from that.
-- One row with the offset, so that the two are never apart.
ALTER TABLE marquee.sink_offsets
    ADD COLUMN IF NOT EXISTS fence_epoch UInt64 DEFAULT 0,
    ADD COLUMN IF NOT EXISTS fence_sequence UInt64 DEFAULT 0
