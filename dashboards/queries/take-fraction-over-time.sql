-- How does each variant's take fraction grow out of its members' impressions and good plays?
--
-- One row per variant and time bucket with what the bucket ADDS to the per-member moments, so that a running sum over the buckets gives
-- the moments (and so the interval) at the end of each. Member m has N impressions and Y good plays so far; a bucket that takes it from
-- (N, Y) to (N + n, Y + y) adds (Y + y)² − Y² to Σ Y², and so on. A late reward counts in the bucket of its impression.
SELECT
    variant,
    toFloat64(bucketNumber) AS bucket,
    toFloat64(countIf(impressionsBefore = 0)) AS members,
    toFloat64(sum(n)) AS impressions,
    toFloat64(sum(y)) AS plays,
    toFloat64(sum(impressionsAfter * impressionsAfter - impressionsBefore * impressionsBefore)) AS impressionsSquared,
    toFloat64(sum(playsAfter * playsAfter - playsBefore * playsBefore)) AS playsSquared,
    toFloat64(sum(playsAfter * impressionsAfter - playsBefore * impressionsBefore)) AS playsTimesImpressions
FROM
(
    SELECT
        variant,
        bucketNumber,
        n,
        y,
        sum(n) OVER soFar AS impressionsAfter,
        sum(y) OVER soFar AS playsAfter,
        impressionsAfter - n AS impressionsBefore,
        playsAfter - y AS playsBefore
    FROM
    (
        SELECT
            variant,
            member_id,
            intDiv(toUnixTimestamp64Milli(impression_at) - {fromMs:Int64}, {bucketMs:Int64}) AS bucketNumber,
            toFloat64(count()) AS n,
            toFloat64(sum(reward)) AS y
        FROM marquee.outcomes FINAL
        WHERE experiment = {experiment:String} AND variant IN {variants:Array(String)}
        GROUP BY variant, member_id, bucketNumber
    )
    WINDOW soFar AS (PARTITION BY variant, member_id ORDER BY bucketNumber ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
GROUP BY variant, bucketNumber
ORDER BY variant, bucketNumber
