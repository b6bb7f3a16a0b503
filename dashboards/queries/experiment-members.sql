-- One row per member of an experiment: what they did within a fixed window after their first exposure. The other experiment-*.sql ask over it, as `members`.
-- A play counts when its label came within the window too, so that a member whose window has closed keeps their value. '' as variant: seen in
-- several (by assignment never: the variants or their weights were changed). Device and country are those of the first exposure.
SELECT
    outcomes.member_id AS memberId,
    any(firsts.firstVariant) AS variant,
    toString(any(firsts.firstDevice)) AS device,
    any(firsts.firstCountry) AS country,
    any(firsts.firstExposureMs) + {windowMs:Int64} AS closesAtMs,
    toFloat64(count()) AS n,
    toFloat64(sumIf(outcomes.reward, toUnixTimestamp64Milli(outcomes.labelled_at) < firsts.firstExposureMs + {windowMs:Int64})) AS y
FROM marquee.outcomes AS outcomes FINAL
INNER JOIN
(
    SELECT
        member_id,
        toUnixTimestamp64Milli(min(impression_at)) AS firstExposureMs,
        if(min(variant) = max(variant), toString(min(variant)), '') AS firstVariant,
        argMin(device, (impression_at, request_id, slot)) AS firstDevice,
        toString(argMin(country, (impression_at, request_id, slot))) AS firstCountry
    FROM marquee.outcomes
    WHERE experiment = {experiment:String}
    GROUP BY member_id
) AS firsts ON firsts.member_id = outcomes.member_id
WHERE outcomes.experiment = {experiment:String}
    AND toUnixTimestamp64Milli(outcomes.impression_at) < firsts.firstExposureMs + {windowMs:Int64}
GROUP BY outcomes.member_id
