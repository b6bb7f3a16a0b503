-- How often was each picture of one title displayed, per variant and time bucket?
SELECT
    variant,
    toFloat64(intDiv(toUnixTimestamp64Milli(impression_at) - {fromMs:Int64}, {bucketMs:Int64})) AS bucket,
    artwork_id AS artworkId,
    toFloat64(count()) AS impressions
FROM marquee.outcomes FINAL
WHERE experiment = {experiment:String} AND variant IN {variants:Array(String)} AND title_id = {titleId:String}
GROUP BY variant, bucket, artworkId
ORDER BY variant, bucket, artworkId
