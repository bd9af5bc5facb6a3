import Concurrency
import JobStore
import Redis
import Synchronization

/// Makes guessing passwords slow: after some wrong ones in a row an account has to wait before the next is looked at, ever longer, by
/// itself and by the address it is tried from. Names that are no account are treated the same.
///
/// What is known is shared through Redis; while that is away, each process knows its own.
public final class LoginThrottle: Sendable {
    private struct Failures {
        var count = 0
        var last: ContinuousClock.Instant
    }

    private static let localRecords = 10_000

    private let redis: GuardedRedis
    private let now: @Sendable () -> ContinuousClock.Instant
    private let local = Mutex(LRUCache<String, Failures>(capacity: localRecords))

    /// A throttle.
    ///
    /// - Parameters:
    ///   - redis: Where failures are kept.
    ///   - now: The time while Redis is away.
    public init(redis: GuardedRedis, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.redis = redis
        self.now = now
    }

    /// How long is still to be waited before a password may be tried; zero when it may.
    public func wait(username: String, address: String) async -> Duration {
        let keys = Self.keys(username, address)
        if let reply = await ask(Self.check, keys), let milliseconds = reply.integer {
            return .milliseconds(milliseconds)
        }
        return keys.map { localWait($0.key, $0.penalty) }.max() ?? .zero
    }

    /// Notes that a password was wrong.
    public func failed(username: String, address: String) async {
        let keys = Self.keys(username, address)
        guard await ask(Self.note, keys) == nil else { return }
        let now = now()
        local.withLock { records in
            for key in keys {
                let known = records.value(for: key.key).flatMap { Self.isRemembered($0, now) ? $0.count : nil } ?? 0
                records.set(Failures(count: known + 1, last: now), for: key.key)
            }
        }
    }

    /// Notes that a password was right.
    public func succeeded(username: String, address: String) async {
        let keys = Self.keys(username, address)
        _ = await ask(Self.forget, keys)
        local.withLock { records in
            for key in keys where records.value(for: key.key) != nil {
                records.set(Failures(last: now()), for: key.key)
            }
        }
    }

    private func localWait(_ key: String, _ penalty: LoginPenalty) -> Duration {
        let now = now()
        guard let failures = local.withLock({ $0.value(for: key) }), Self.isRemembered(failures, now) else {
            return .zero
        }
        return max(.zero, penalty.delay(after: failures.count) - failures.last.duration(to: now))
    }

    private static func isRemembered(_ failures: Failures, _ now: ContinuousClock.Instant) -> Bool {
        failures.last.duration(to: now) < LoginPenalty.memory
    }

    /// Names are hashed: they are of any length, and what is not an account's name may be its password.
    private static func keys(_ username: String, _ address: String) -> [(key: String, penalty: LoginPenalty)] {
        let name = SecretToken.hash(of: username).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
        return [("qf:login:\(name):\(address)", .pair), ("qf:login:\(name)", .account)]
    }

    private func ask(_ script: RedisScript, _ keys: [(key: String, penalty: LoginPenalty)]) async -> RedisReply? {
        let names = keys.map { RedisArgument($0.key) }
        let numbers = keys.flatMap { [$0.penalty.free, Int($0.penalty.longest.millisecondsTruncated)] }
        let arguments = [RedisArgument(LoginPenalty.memory.millisecondsTruncated)] + numbers.map { RedisArgument($0) }
        return await redis.ask(about: "logins") { try await $0.eval(script, keys: names, arguments: arguments) }
    }

    /// The hash of a key has the number of failures `n` and the time in milliseconds `u` until which to wait.
    private static let check = RedisScript(
        name: "login wait",
        source: """
            local time = redis.call('TIME')
            local now, wait = time[1] * 1000 + math.floor(time[2] / 1000), 0
            for _, key in ipairs(KEYS) do
                wait = math.max(wait, (tonumber(redis.call('HGET', key, 'u')) or 0) - now)
            end
            return wait
            """
    )
    private static let note = RedisScript(
        name: "login failed",
        source: """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            for i, key in ipairs(KEYS) do
                local free, longest = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
                local failures = redis.call('HINCRBY', key, 'n', 1)
                if failures > free then
                    local delay = math.min(longest, 1000 * 2 ^ math.min(failures - free - 1, 20))
                    redis.call('HSET', key, 'u', string.format('%.0f', now + delay))
                end
                redis.call('PEXPIRE', key, ARGV[1])
            end
            return 1
            """
    )
    private static let forget = RedisScript(
        name: "login succeeded",
        source: "return redis.call('DEL', unpack(KEYS))"
    )
}

/// How long one has to wait after so many wrong passwords in a row: nothing at first, then twice as long each time.
struct LoginPenalty: Sendable {
    /// For one account from one address: after some slips it soon hurts.
    static let pair = LoginPenalty(free: 3, longest: .seconds(15 * 60))
    /// For one account from anywhere: slows down who comes from many addresses, and does not shut its owner out.
    static let account = LoginPenalty(free: 20, longest: .seconds(30))
    /// How long failures are remembered after the last.
    static let memory = Duration.seconds(60 * 60)

    /// How many failures cost nothing.
    let free: Int
    /// The longest wait.
    let longest: Duration

    /// How long to wait after so many failures.
    func delay(after failures: Int) -> Duration {
        guard failures > free else { return .zero }
        return min(longest, .seconds(1 << min(failures - free - 1, 20)))
    }
}
