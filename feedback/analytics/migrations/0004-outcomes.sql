-- One row per displayed slot with its latest reward. Identity: (request_id, slot). A slot has one impression_at, so leading with it
-- leaves the identity as it is, keeps parts apart in time (FINAL merges only where they overlap) and lets a time range prune the rest:
-- 2 M rows, ten minutes of them: 41 ms, against 246 ms led by toStartOfHour(impression_at).
-- version rises with the reward and is 0 for the trial, so a replay in any order ends with the same row.
CREATE TABLE IF NOT EXISTS marquee.outcomes
(
    request_id String,
    slot UInt32,
    member_id String,
    canvas LowCardinality(String),
    experiment LowCardinality(String),
    variant LowCardinality(String),
    policy LowCardinality(String),
    snapshot_version UInt64,
    row_id LowCardinality(String),
    position UInt32,
    title_revision UInt32,
    title_id LowCardinality(String),
    arm UInt8,
    artwork_id LowCardinality(String),
    propensity Float32,
    flags UInt8,
    device UInt8,
    daypart UInt8,
    country LowCardinality(String),
    epoch UInt32,
    impression_at DateTime64(3, 'UTC'),
    labelled_at DateTime64(3, 'UTC'),
    reward Float64,
    watched_seconds Float64,
    version UInt32
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(impression_at)
PRIMARY KEY impression_at
ORDER BY (impression_at, request_id, slot)
