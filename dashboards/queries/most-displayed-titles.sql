-- Which titles were displayed most in this experiment, so that the share of each of their pictures says something?
-- Repeats not yet merged are counted: it only orders the list.
SELECT
    title_id AS titleId,
    toFloat64(count()) AS impressions
FROM marquee.outcomes
WHERE experiment = {experiment:String} AND variant IN {variants:Array(String)}
GROUP BY titleId
ORDER BY impressions DESC, titleId
LIMIT {most:UInt32}
