-- Put calls back that were drawn and not made.
-- KEYS[1]: a bucket. ARGV: microseconds one call costs, calls, and the moment at which the bucket is full if
-- nobody drew since. From then on they are worth nothing: the bucket would have been full without them.
local stored = tonumber(redis.call('GET', KEYS[1]) or '')
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
if stored == nil or now >= tonumber(ARGV[3]) then return 0 end
local full_at = stored - tonumber(ARGV[1]) * tonumber(ARGV[2])
if full_at <= now then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1)
end
return 1
