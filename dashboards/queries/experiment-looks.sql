-- How do the per-member moments of each variant grow as windows close?
-- One row per variant and time bucket with the members whose window closed in it, so that a running sum gives every look; bucket −1: still open.
SELECT
    variant,
    toFloat64(if(closesAtMs <= {asOfMs:Int64}, intDiv(closesAtMs - {fromMs:Int64}, {bucketMs:Int64}), -1)) AS bucket,
    toFloat64(count()) AS members,
    sum(n) AS impressions,
    sum(y) AS plays,
    sum(n * n) AS impressionsSquared,
    sum(y * y) AS playsSquared,
    sum(n * y) AS playsTimesImpressions
FROM members
WHERE variant = '' OR variant IN {variants:Array(String)}
GROUP BY variant, bucket
ORDER BY variant, bucket
