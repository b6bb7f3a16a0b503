-- Good plays per member on each day since their first exposure, of the members who have lived through all of that day; without an impression it is 0.
-- A play counts on the day of its impression. Not cut at the window, so not over `members`.
SELECT
    variant,
    toFloat64(day) AS day,
    toFloat64(count()) AS members,
    sum(y) AS plays,
    sum(y * y) AS playsSquared
FROM
(
    SELECT variant, day, rewards[indexOf(days, day)] AS y
    FROM
    (
        SELECT
            any(firsts.firstVariant) AS variant,
            greatest(0, least(intDiv({asOfMs:Int64} - any(firsts.firstExposureMs), 86400000), {mostDays:Int64})) AS livedDays,
            sumMap(
                [toUInt32(intDiv(toUnixTimestamp64Milli(outcomes.impression_at) - firsts.firstExposureMs, 86400000))],
                [toFloat64(outcomes.reward)]
            ) AS perDay,
            tupleElement(perDay, 1) AS days,
            tupleElement(perDay, 2) AS rewards
        FROM marquee.outcomes AS outcomes FINAL
        INNER JOIN
        (
            SELECT
                member_id,
                toUnixTimestamp64Milli(min(impression_at)) AS firstExposureMs,
                if(min(variant) = max(variant), toString(min(variant)), '') AS firstVariant
            FROM marquee.outcomes
            WHERE experiment = {experiment:String}
            GROUP BY member_id
        ) AS firsts ON firsts.member_id = outcomes.member_id
        WHERE outcomes.experiment = {experiment:String}
        GROUP BY outcomes.member_id
        HAVING variant IN {variants:Array(String)}
    )
    ARRAY JOIN range(toUInt32(livedDays)) AS day
)
GROUP BY variant, day
ORDER BY variant, day
