-- One row per event that could not be used. Identity: where the event stands in its topic; payload is base64, cut at a bound.
CREATE TABLE IF NOT EXISTS marquee.dead_letters
(
    event_id String,
    reason LowCardinality(String),
    message String,
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    at DateTime64(3, 'UTC'),
    payload String,
    payload_bytes UInt32
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY event_id
