-- Slots as they were decided, displayed or not, of a sample of the pages: the displayed ones are in outcomes, all of them.
-- A page is in the sample by the hash of its request_id, so a replay samples the same ones; sample_rate is the probability it had.
-- Identity: (request_id, slot). offered: the arms that could have been chosen.
CREATE TABLE IF NOT EXISTS marquee.decided_slots
(
    request_id String,
    slot UInt32,
    at DateTime64(3, 'UTC'),
    member_id String,
    canvas LowCardinality(String),
    experiment LowCardinality(String),
    variant LowCardinality(String),
    policy LowCardinality(String),
    snapshot_version UInt64,
    row_id LowCardinality(String),
    row_index UInt32,
    position UInt32,
    title_revision UInt32,
    title_id LowCardinality(String),
    arm UInt8,
    artwork_id LowCardinality(String),
    propensity Float32,
    order_propensity Float32,
    flags UInt8,
    offered Array(UInt8),
    sample_rate Float32
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
PRIMARY KEY at
ORDER BY (at, request_id, slot)
