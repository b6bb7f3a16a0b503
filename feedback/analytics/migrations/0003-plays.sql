-- One row per play report; several reports of one play share play_id. Identity: event_id alone.
CREATE TABLE IF NOT EXISTS marquee.plays
(
    event_id String,
    play_id String,
    request_id String,
    member_id String,
    slot UInt32,
    at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    watched_seconds Float64,
    watched_fraction Float64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY event_id
