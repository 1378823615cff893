-- Draw one call from every bucket, or from none (generic cell rate algorithm).
-- KEYS[i]: a bucket. ARGV[2i-1]: microseconds one call costs. ARGV[2i]: calls that may come at once.
-- Returns {1 or 0, index of the scarcest bucket, calls left in it, microseconds until a call is possible,
-- microseconds until the bucket is full}. A bucket holds the moment at which it is full again, and Redis's
-- own clock decides, so gateways whose clocks disagree count alike.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local full_at = {}
local scarcest, least_left, longest_wait, until_full = 1, nil, 0, 0
for i = 1, #KEYS do
    local cost = tonumber(ARGV[2 * i - 1])
    local burst = tonumber(ARGV[2 * i])
    local stored = tonumber(redis.call('GET', KEYS[i]) or '') or now
    if stored < now then stored = now end
    -- A key that was written under a smaller rate must not block a bucket for longer than the bucket is deep.
    if stored > now + cost * burst then stored = now + cost * burst end
    full_at[i] = stored + cost
    local wait = full_at[i] - cost * burst - now
    local left = math.floor((cost * burst - (full_at[i] - now)) / cost)
    if wait > longest_wait or (longest_wait == 0 and (least_left == nil or left < least_left)) then
        scarcest, least_left, until_full = i, left, full_at[i] - now
        if wait > longest_wait then
            longest_wait = wait
            until_full = stored - now
        end
    end
end
if longest_wait > 0 then
    return {0, scarcest, 0, math.ceil(longest_wait), math.ceil(until_full)}
end
for i = 1, #KEYS do
    redis.call('SET', KEYS[i], string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now) / 1000) + 1)
end
return {1, scarcest, least_left, 0, math.ceil(until_full)}
