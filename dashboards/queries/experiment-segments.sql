-- The same moments by device and by country of the first exposure: of each the segments with the most members whose window has closed.
SELECT dimension, segment, variant, members, impressions, plays, impressionsSquared, playsSquared, playsTimesImpressions
FROM
(
    SELECT *, dense_rank() OVER (PARTITION BY dimension ORDER BY inSegment DESC, segment ASC) AS place
    FROM
    (
        SELECT *, sum(members) OVER (PARTITION BY dimension, segment) AS inSegment
        FROM
        (
            SELECT
                tupleElement(cut, 1) AS dimension,
                tupleElement(cut, 2) AS segment,
                variant,
                toFloat64(count()) AS members,
                sum(n) AS impressions,
                sum(y) AS plays,
                sum(n * n) AS impressionsSquared,
                sum(y * y) AS playsSquared,
                sum(n * y) AS playsTimesImpressions
            FROM
            (
                SELECT variant, n, y, arrayJoin([('device', device), ('country', country)]) AS cut
                FROM members
                WHERE variant IN {variants:Array(String)} AND closesAtMs <= {asOfMs:Int64}
            )
            GROUP BY dimension, segment, variant
        )
    )
)
WHERE place <= {most:UInt32}
ORDER BY dimension DESC, place, variant
