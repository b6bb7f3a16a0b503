-- One row per impression event. Identity: event_id alone, because a client's repeat may carry another time.
CREATE TABLE IF NOT EXISTS marquee.impressions
(
    event_id String,
    request_id String,
    member_id String,
    slot UInt32,
    at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY event_id
