-- How far each topic partition has been written into these tables: kept beside the rows, so that losing the tables means reading the
-- log again. Version: the last word wins, because a log that was started afresh begins at 0 again.
CREATE TABLE IF NOT EXISTS marquee.sink_offsets
(
    consumer_group LowCardinality(String),
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    written_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (consumer_group, topic, partition)
