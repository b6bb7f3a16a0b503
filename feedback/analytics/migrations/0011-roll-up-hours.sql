-- Which hours of the roll-ups lag behind: rows of the hour were written `touches` times, `rebuilt` of them before its newest rebuild began.
-- Counted rather than timed, so that no clock has to be right. Read it by sum(touches), max(rebuilt) over GROUP BY hour.
CREATE TABLE IF NOT EXISTS marquee.roll_up_hours
(
    hour DateTime('UTC'),
    touches SimpleAggregateFunction(sum, UInt64),
    rebuilt SimpleAggregateFunction(max, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY hour
