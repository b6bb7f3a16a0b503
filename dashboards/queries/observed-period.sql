-- Over which time were titles displayed in this experiment?
-- One row: first and last impression (epoch milliseconds) and how many rows there are (repeats not yet merged included).
SELECT
    toFloat64(toUnixTimestamp64Milli(min(impression_at))) AS firstAtMs,
    toFloat64(toUnixTimestamp64Milli(max(impression_at))) AS lastAtMs,
    toFloat64(count()) AS storedRows
FROM marquee.outcomes
WHERE experiment = {experiment:String}
