-- Draw one call from every bucket, or from none (generic cell rate algorithm).
-- KEYS[i]: a bucket. ARGV[1]: how many may share what is left; nobody is given more than that part of it at once.
-- ARGV[4i-2]: microseconds one call costs. ARGV[4i-1]: calls that may come at once. ARGV[4i]: calls wanted.
-- ARGV[4i+1]: 1 if one of them is needed now, 0 if the bucket is only asked along with others.
-- Returns for each bucket: calls granted (0 for all if one has none), calls left, microseconds until a call is
-- possible, microseconds until the bucket is full, and the moment at which it is. A bucket holds that moment, and
-- Redis's own clock decides, so gateways whose clocks disagree count alike.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local sharers = tonumber(ARGV[1])
local full_at, left, wait = {}, {}, {}
local is_refused = false
for i = 1, #KEYS do
    local cost = tonumber(ARGV[4 * i - 2])
    local burst = tonumber(ARGV[4 * i - 1])
    local stored = tonumber(redis.call('GET', KEYS[i]) or '') or now
    if stored < now then stored = now end
    -- A key that was written under a smaller rate must not block a bucket for longer than the bucket is deep.
    if stored > now + cost * burst then stored = now + cost * burst end
    full_at[i] = stored
    left[i] = math.floor((cost * burst - (stored - now)) / cost)
    wait[i] = math.max(0, math.ceil(stored + cost - cost * burst - now))
    if wait[i] > 0 and tonumber(ARGV[4 * i + 1]) > 0 then is_refused = true end
end
local answer = {}
for i = 1, #KEYS do
    local granted = 0
    if not is_refused then
        local fair = math.min(tonumber(ARGV[4 * i]), math.floor(left[i] / sharers))
        granted = math.max(tonumber(ARGV[4 * i + 1]), fair)
    end
    if granted > 0 then
        local cost = tonumber(ARGV[4 * i - 2])
        full_at[i] = full_at[i] + granted * cost
        left[i] = left[i] - granted
        local kept_ms = math.ceil((full_at[i] - now) / 1000) + 1
        redis.call('SET', KEYS[i], string.format('%.0f', full_at[i]), 'PX', kept_ms)
    end
    answer[#answer + 1] = granted
    answer[#answer + 1] = left[i]
    answer[#answer + 1] = wait[i]
    answer[#answer + 1] = math.ceil(full_at[i] - now)
    answer[#answer + 1] = full_at[i]
end
return answer
