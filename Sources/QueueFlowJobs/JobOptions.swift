import Concurrency
public import Foundation

/// How a job is queued, run and tried again. What is nil is left to the defaults: the kind's own, and then the installation's.
public struct JobOptions: Hashable, Sendable {
    /// Where it waits: 1 to 100 letters, digits, `.`, `_` or `-`. `default`, unless given.
    public var queue: String?
    /// How urgent it is. Normal, unless given.
    public var priority: JobPriority?
    /// When it is due. At once, unless given.
    public var due: JobDue?
    /// How many attempts it has: 1 to 100. 5, unless given.
    public var maxAttempts: Int?
    /// How long to wait between two attempts. Exponential from 2 s, unless given.
    public var backoff: JobBackoff?
    /// How long one attempt may take: 1 ms to 24 h.
    public var timeout: Duration?
    /// What it can be found by: at most 20, each of 1 to 100 characters.
    public var tags: [String]?

    /// Options of which those not named are left to the defaults.
    public init(
        queue: String? = nil,
        priority: JobPriority? = nil,
        due: JobDue? = nil,
        maxAttempts: Int? = nil,
        backoff: JobBackoff? = nil,
        timeout: Duration? = nil,
        tags: [String]? = nil
    ) {
        self.queue = queue
        self.priority = priority
        self.due = due
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.timeout = timeout
        self.tags = tags
    }

    /// These options, with those that `overrides` names in their place.
    public func merging(_ overrides: JobOptions) -> JobOptions {
        JobOptions(
            queue: overrides.queue ?? queue,
            priority: overrides.priority ?? priority,
            due: overrides.due ?? due,
            maxAttempts: overrides.maxAttempts ?? maxAttempts,
            backoff: overrides.backoff ?? backoff,
            timeout: overrides.timeout ?? timeout,
            tags: overrides.tags ?? tags
        )
    }
}

/// How urgent a job is. Workers share their places between the priorities, so that none starves.
public enum JobPriority: String, CaseIterable, Codable, Hashable, Sendable {
    /// Before all others; workers keep a few places for it.
    case critical
    /// Before normal ones.
    case high
    /// What most jobs are.
    case normal
    /// When there is room.
    case low
}

/// When a job is due.
public struct JobDue: Hashable, Sendable {
    /// What it comes to.
    public enum Value: Hashable, Sendable {
        /// So long after it was taken.
        case after(Duration)
        /// At a time.
        case at(Date)
    }

    /// What it comes to.
    public let value: Value

    /// So long after it was taken, by the installation's clock: up to a year.
    public static func after(_ delay: Duration) -> JobDue { JobDue(value: .after(delay)) }

    /// At a time within the next ten years; at once, if it has passed.
    public static func at(_ date: Date) -> JobDue { JobDue(value: .at(date)) }
}

/// How long a job that failed waits for its next attempt.
public struct JobBackoff: Hashable, Sendable {
    /// How the delay grows from attempt to attempt.
    public enum Growth: String, Hashable, Sendable {
        /// `base * factor^(attempt - 1)`.
        case exponential
        /// `base * attempt`.
        case linear
        /// `base`.
        case fixed
    }

    /// How the delay grows.
    public let growth: Growth
    /// The delay after the first attempt: up to a year.
    public let base: Duration
    /// What each further attempt multiplies an exponential delay with: 1 to 1 000.
    public let factor: Double
    /// The longest delay, before jitter: up to a year.
    public let cap: Duration
    /// Whether the delay is drawn evenly between nothing and its full length, so that jobs that failed together do not come back
    /// together.
    public let hasJitter: Bool

    /// Grows by a factor from attempt to attempt.
    public static func exponential(
        base: Duration = .seconds(2),
        factor: Double = 2,
        cap: Duration = .seconds(3_600),
        jitter: Bool = true
    ) -> JobBackoff {
        JobBackoff(growth: .exponential, base: base, factor: factor, cap: cap, hasJitter: jitter)
    }

    /// Grows by the same length from attempt to attempt.
    public static func linear(
        base: Duration = .seconds(2),
        cap: Duration = .seconds(3_600),
        jitter: Bool = true
    ) -> JobBackoff {
        JobBackoff(growth: .linear, base: base, factor: 2, cap: cap, hasJitter: jitter)
    }

    /// Is always the same.
    public static func fixed(_ delay: Duration, jitter: Bool = false) -> JobBackoff {
        JobBackoff(growth: .fixed, base: delay, factor: 2, cap: delay, hasJitter: jitter)
    }
}

extension JobOptions {
    /// The body of `POST /jobs` for a job with these options. The same job is always the same bytes.
    ///
    /// - Parameter payload: JSON, spliced in as it is.
    package func document(type: String, payload: Data) throws -> Data {
        var json = try JobCoding.encode(JobDocument(type: type, options: self))
        json.removeLast()
        json.append(contentsOf: #","payload":"#.utf8)
        json.append(payload)
        json.append(UInt8(ascii: "}"))
        return json
    }
}

private struct JobDocument: Encodable {
    struct Retry: Encodable {
        var strategy: String
        var base: Double
        var factor: Double
        var max_delay: Double
        var jitter: Bool
    }

    var type: String
    var queue: String?
    var priority: JobPriority?
    var delay: Double?
    var execute_at: Date?
    var max_attempts: Int?
    var retry: Retry?
    var timeout: Double?
    var tags: [String]?

    init(type: String, options: JobOptions) {
        self.type = type
        queue = options.queue
        priority = options.priority
        switch options.due?.value {
        case .after(let time): delay = time.inSeconds
        case .at(let date): execute_at = date
        case nil: break
        }
        max_attempts = options.maxAttempts
        retry = options.backoff.map {
            Retry(
                strategy: $0.growth.rawValue,
                base: $0.base.inSeconds,
                factor: $0.factor,
                max_delay: $0.cap.inSeconds,
                jitter: $0.hasJitter
            )
        }
        timeout = options.timeout?.inSeconds
        tags = options.tags
    }
}
