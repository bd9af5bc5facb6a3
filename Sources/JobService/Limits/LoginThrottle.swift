import Concurrency
import JobStore
import Redis
import Synchronization

/// Makes guessing passwords slow: after some wrong ones in a row an account has to wait before the next is looked at, ever longer, by
/// itself and by the address it is tried from. Names that are no account are treated the same.
///
/// An attempt is counted as a failure before its password is looked at, in the step that finds that it may be: so of many that come at once
/// no more are looked at than of as many that come one after the other. What turns out right is taken off again. An address from which the
/// account's owner logged in lately does not wait for what others do: else who keeps an account waiting would keep its owner out.
///
/// What is known is shared through Redis; while that is away, each process knows its own, of the last 10 000 accounts and addresses.
public final class LoginThrottle: Sendable {
    /// An attempt that was counted, and what it is to take back.
    public struct Attempt: Sendable {
        fileprivate let username: String
        fileprivate let address: String
        /// The times until which it made others wait, as Redis has them; nil when this process alone knows of it.
        fileprivate var shared: [Int64]?
        /// What this process knew before.
        fileprivate var before: [String: Record?] = [:]
    }

    /// Whether a password may be looked at.
    public enum Turn: Sendable {
        /// It may. One that is right must be told by ``succeeded(_:)``, one that could not be looked at by ``abandoned(_:)``.
        case attempt(Attempt)
        /// Not before so long.
        case wait(Duration)
    }

    fileprivate struct Record: Sendable {
        var failures = 0
        var last: ContinuousClock.Instant
        /// Whether the owner logged in from here.
        var isKnown = false
    }

    private static let localRecords = 10_000

    private let redis: GuardedRedis
    private let now: @Sendable () -> ContinuousClock.Instant
    private let local = Mutex(LRUCache<String, Record>(capacity: localRecords))

    /// A throttle.
    ///
    /// - Parameters:
    ///   - redis: Where failures are kept.
    ///   - now: The time while Redis is away.
    public init(redis: GuardedRedis, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.redis = redis
        self.now = now
    }

    /// Counts an attempt as a failure, unless there is still to be waited.
    public func begin(username: String, address: String) async -> Turn {
        var attempt = Attempt(username: username, address: address)
        let numbers = Self.penalties.flatMap { [Int64($0.free), $0.longest.millisecondsTruncated] }
        if let reply = await ask(Self.reserve, attempt, [LoginPenalty.memory.millisecondsTruncated] + numbers),
            let answer = reply.array?.compactMap(\.integer), let wait = answer.first
        {
            guard wait <= 0 else { return .wait(.milliseconds(wait)) }
            attempt.shared = Array(answer.dropFirst())
            return .attempt(attempt)
        }
        return beginAlone(&attempt)
    }

    /// The password was right.
    public func succeeded(_ attempt: Attempt) async {
        if let shared = attempt.shared {
            _ = await ask(Self.forget, attempt, [LoginPenalty.ownerMemory.millisecondsTruncated] + shared)
        }
        let (pair, account) = (Self.pair(attempt), Self.account(attempt))
        local.withLock { records in
            Self.takeBack(attempt, account, in: &records)
            // While Redis works nothing is kept here but what was known when it did not.
            guard attempt.shared == nil || records.peek(pair) != nil else { return }
            records.set(Record(last: now(), isKnown: true), for: pair)
        }
    }

    /// The password was not looked at.
    public func abandoned(_ attempt: Attempt) async {
        if let shared = attempt.shared { _ = await ask(Self.takeBack, attempt, shared) }
        local.withLock { records in
            for key in attempt.before.keys { Self.takeBack(attempt, key, in: &records) }
        }
    }

    private func beginAlone(_ attempt: inout Attempt) -> Turn {
        let (now, keys) = (now(), [Self.pair(attempt), Self.account(attempt)])
        let before = attempt.before
        let result: Result<[String: Record?], Wait> = local.withLock { records in
            var before = before
            var wait = Duration.zero
            let known = keys.map { key in records.value(for: key).flatMap { Self.isRemembered($0, now) ? $0 : nil } }
            // Who logged in from here lately waits for nobody else.
            let counted = known[0]?.isKnown == true ? 1 : 2
            for (record, penalty) in zip(known, Self.penalties).prefix(counted) {
                guard let record else { continue }
                wait = max(wait, penalty.delay(after: record.failures) - record.last.duration(to: now))
            }
            guard wait <= .zero else { return .failure(Wait(duration: wait)) }
            for (key, record) in zip(keys, known).prefix(counted) {
                before[key] = .some(record)
                var counted = record ?? Record(last: now)
                counted.failures += 1
                counted.last = now
                records.set(counted, for: key)
            }
            return .success(before)
        }
        switch result {
        case .success(let before):
            attempt.before = before
            return .attempt(attempt)
        case .failure(let wait): return .wait(wait.duration)
        }
    }

    private struct Wait: Error {
        var duration: Duration
    }

    /// Takes an attempt off a record, and off the time of its last failure if that was this one.
    private static func takeBack(_ attempt: Attempt, _ key: String, in records: inout LRUCache<String, Record>) {
        guard let before = attempt.before[key], var record = records.peek(key), record.failures > 0 else { return }
        record.failures -= 1
        if record.failures == before?.failures ?? 0, let before { record.last = before.last }
        records.set(record, for: key)
    }

    private static func isRemembered(_ record: Record, _ now: ContinuousClock.Instant) -> Bool {
        record.last.duration(to: now) < (record.isKnown ? LoginPenalty.ownerMemory : LoginPenalty.memory)
    }

    private static let penalties = [LoginPenalty.pair, .account]

    private static func pair(_ attempt: Attempt) -> String { "\(account(attempt)):\(attempt.address)" }

    /// Names are hashed: they are of any length, and what is not an account's name may be its password.
    private static func account(_ attempt: Attempt) -> String {
        let hash = SecretToken.hash(of: attempt.username).prefix(16)
        return "qf:login:" + hash.map { String($0, radix: 16) }.joined(separator: ".")
    }

    private func ask(_ script: RedisScript, _ attempt: Attempt, _ numbers: [Int64]) async -> RedisReply? {
        let names = [RedisArgument(Self.pair(attempt)), RedisArgument(Self.account(attempt))]
        let arguments = numbers.map { RedisArgument($0) }
        return await redis.ask(about: "logins") { try await $0.eval(script, keys: names, arguments: arguments) }
    }
}

/// What is done in Redis, each in one atomic step. The hash of a key has the number of failures `n` and the time in milliseconds `u` until
/// which to wait; `KEYS[1]` is of the account and the address, and has `ok` if the owner logged in from there, `KEYS[2]` of the account.
extension LoginThrottle {
    /// Answers how long to wait or, as the attempt is counted, 0 and for each key that it was counted in until when it makes others wait.
    private static let reserve = RedisScript(
        name: "login begins",
        source: """
            local time = redis.call('TIME')
            local now, wait = time[1] * 1000 + math.floor(time[2] / 1000), 0
            local known = redis.call('HGET', KEYS[1], 'ok')
            local counted = known and 1 or 2
            for i = 1, counted do
                wait = math.max(wait, (tonumber(redis.call('HGET', KEYS[i], 'u')) or 0) - now)
            end
            if wait > 0 then return {wait} end
            local answer = {0}
            for i = 1, counted do
                local free, longest = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
                local failures, stamp = redis.call('HINCRBY', KEYS[i], 'n', 1), 0
                if failures > free then
                    stamp = now + math.min(longest, 1000 * 2 ^ math.min(failures - free - 1, 20))
                    redis.call('HSET', KEYS[i], 'u', string.format('%.0f', stamp))
                end
                if not known then redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
                answer[i + 1] = stamp
            end
            return answer
            """
    )

    private static let takingBack = """
        local function takeBack(key, stamp)
            if not stamp then return end
            if redis.call('HINCRBY', key, 'n', -1) <= 0 then
                if redis.call('HEXISTS', key, 'ok') == 0 then return redis.call('DEL', key) end
                redis.call('HSET', key, 'n', 0)
            end
            if stamp ~= '0' and redis.call('HGET', key, 'u') == stamp then redis.call('HDEL', key, 'u') end
        end

        """

    /// `ARGV` are the times that ``reserve`` answered.
    private static let takeBack = RedisScript(
        name: "login abandoned",
        source: takingBack + "for i = 1, 2 do takeBack(KEYS[i], ARGV[i]) end return 1"
    )

    /// `ARGV[1]` is how long an address is known by which the owner logged in, the others the times that ``reserve`` answered.
    private static let forget = RedisScript(
        name: "login succeeded",
        source: takingBack + """
            takeBack(KEYS[2], ARGV[3])
            redis.call('DEL', KEYS[1])
            redis.call('HSET', KEYS[1], 'ok', 1)
            return redis.call('PEXPIRE', KEYS[1], ARGV[1])
            """
    )
}

/// How long one has to wait after so many wrong passwords in a row: nothing at first, then twice as long each time.
struct LoginPenalty: Sendable {
    /// For one account from one address: after some slips it soon hurts.
    static let pair = LoginPenalty(free: 3, longest: .seconds(15 * 60))
    /// For one account from anywhere: slows down who comes from many addresses.
    static let account = LoginPenalty(free: 20, longest: .seconds(30))
    /// How long failures are remembered after the last.
    static let memory = Duration.seconds(60 * 60)
    /// How long it is remembered that an account's owner logged in from an address.
    static let ownerMemory = Duration.seconds(30 * 86_400)

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
