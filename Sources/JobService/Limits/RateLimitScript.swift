import Redis

/// ``SlidingWindow`` in Redis, one atomic step for each request.
enum RateLimitScript {
    /// `KEYS[1]` is the window, `ARGV` the limit, the length of a slot in microseconds, the time in microseconds or nothing for
    /// Redis's own clock, by which all job-services agree, what the request weighs and what is owed. Answers whether the request is
    /// admitted, how much more may pass, and after how many microseconds as much may pass.
    ///
    /// The hash has the counts by their place in the ring, `h` for the latest slot and `t` for the sum.
    static let admit = RedisScript(
        name: "rate limit",
        source: """
            local slots, ring = \(SlidingWindow.slots), \(SlidingWindow.slots + 1)
            local limit, length, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
            local weight, owed = tonumber(ARGV[4]), tonumber(ARGV[5])
            if not now then
                local time = redis.call('TIME')
                now = time[1] * 1000000 + time[2]
            end
            local state = redis.call('HMGET', KEYS[1], 'h', 't')
            local slot = math.floor(now / length)
            local head, total = tonumber(state[1]) or slot, tonumber(state[2]) or 0
            if slot < head then slot = head end
            local elapsed = math.max(0, now - slot * length)
            if slot - head >= ring then
                redis.call('DEL', KEYS[1])
                total = 0
            elseif slot > head then
                local passed = {}
                for i = head + 1, slot do passed[#passed + 1] = i % ring end
                for _, count in ipairs(redis.call('HMGET', KEYS[1], unpack(passed))) do
                    total = total - (tonumber(count) or 0)
                end
                redis.call('HDEL', KEYS[1], unpack(passed))
            end
            if owed > 0 then
                redis.call('HINCRBY', KEYS[1], slot % ring, owed)
                total = total + owed
            end
            local leaving = tonumber(redis.call('HGET', KEYS[1], (slot - slots) % ring)) or 0
            local used = total - math.floor(leaving * elapsed / length)
            local answer
            if used + weight <= limit then
                redis.call('HINCRBY', KEYS[1], slot % ring, weight)
                total = total + weight
                answer = {1, limit - used - weight, 0}
            else
                local order = {}
                for i = slot - slots + 1, slot do order[#order + 1] = i % ring end
                local counts = redis.call('HMGET', KEYS[1], unpack(order))
                local freed, wait = leaving - math.floor(leaving * elapsed / length), length - elapsed
                for i = 1, slots do
                    if freed >= used + weight - limit then break end
                    freed, wait = freed + (tonumber(counts[i]) or 0), wait + length
                end
                answer = {0, math.max(0, limit - used), wait}
            end
            redis.call('HSET', KEYS[1], 'h', string.format('%.0f', slot), 't', total)
            redis.call('PEXPIRE', KEYS[1], math.ceil(length * ring / 1000))
            return answer
            """
    )
}
