-- One row per page decided. Identity: request_id (a request has one moment, so leading with it changes nothing).
CREATE TABLE IF NOT EXISTS marquee.decisions
(
    request_id String,
    at DateTime64(3, 'UTC'),
    member_id String,
    canvas LowCardinality(String),
    experiment LowCardinality(String),
    variant LowCardinality(String),
    policy LowCardinality(String),
    snapshot_version UInt64,
    context_schema LowCardinality(String),
    epoch UInt32,
    device UInt8,
    daypart UInt8,
    country LowCardinality(String),
    row_ids Array(LowCardinality(String)),
    row_lengths Array(UInt16),
    slots UInt32,
    fallbacks_unpersonalised UInt32,
    fallbacks_default UInt32,
    repeats UInt32,
    min_propensity Float32
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
PRIMARY KEY at
ORDER BY (at, request_id)
