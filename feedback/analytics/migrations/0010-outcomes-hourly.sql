-- Roll-up of outcomes: one row per hour of the impression and what was shown in which cell. An hour is rebuilt whole from deduplicated
-- rows, so a replay changes nothing; the newest rebuild wins, and what is no longer there is marked deleted. Read it with FINAL.
CREATE TABLE IF NOT EXISTS marquee.outcomes_hourly
(
    hour DateTime('UTC'),
    canvas LowCardinality(String),
    experiment LowCardinality(String),
    variant LowCardinality(String),
    policy LowCardinality(String),
    title_id LowCardinality(String),
    artwork_id LowCardinality(String),
    impressions UInt64,
    rewarded UInt64,
    reward Float64,
    reward_squared Float64,
    watched_seconds Float64,
    propensity Float64,
    fallbacks UInt64,
    repeats UInt64,
    first_at DateTime64(3, 'UTC'),
    last_at DateTime64(3, 'UTC'),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, experiment, variant, policy, canvas, title_id, artwork_id)
