/// Something of which a tenant may have so much.
///
/// The names are those of the API, of the column `tenants.limits` and of the problem documents.
public enum TenantLimit: String, CaseIterable, Hashable, Sendable {
    /// Queues that were used or spoken of.
    case queues
    /// Schedules, those that rest included.
    case schedules
    /// Firings that all of its schedules together may come to in their busiest minute.
    case firings = "firings_per_minute"
    /// Jobs that wait: for a worker, for their time or for their next attempt.
    case waitingJobs = "waiting_jobs"
    /// Bytes of payloads and results.
    case storedBytes = "stored_bytes"
    /// API keys that are good.
    case apiKeys = "api_keys"
    /// Event streams that are open at one job-service.
    case eventStreams = "event_streams"
    /// Workers that have a session by its credentials.
    case workers
    /// Jobs that are submitted in a window of `RATE_LIMIT_WINDOW`.
    case jobsPerWindow = "jobs_per_window"
    /// Reading in a window of `RATE_LIMIT_WINDOW`, by its cost.
    case readsPerWindow = "reads_per_window"

    /// What is counted, as a sentence has it after a number.
    public var noun: String {
        switch self {
        case .queues: "queues"
        case .schedules: "schedules"
        case .firings: "firings of schedules in a minute"
        case .waitingJobs: "jobs that wait"
        case .storedBytes: "bytes of payloads and results"
        case .apiKeys: "API keys"
        case .eventStreams: "event streams"
        case .workers: "workers"
        case .jobsPerWindow: "jobs submitted in a window"
        case .readsPerWindow: "units of reading in a window"
        }
    }

    /// After how many seconds there may be room without anybody removing something; nil when that has to be done first.
    public var retryAfter: Int? {
        switch self {
        case .waitingJobs, .eventStreams, .workers, .jobsPerWindow, .readsPerWindow: 1
        case .queues, .schedules, .firings, .storedBytes, .apiKeys: nil
        }
    }
}

/// How much a tenant may have of everything.
public struct TenantLimits: Hashable, Sendable {
    /// What holds where neither the settings nor the tenant's own limits say otherwise.
    public static let standard: [TenantLimit: Int] = [
        .queues: 10_000, .schedules: 1_000, .firings: 6_000, .waitingJobs: 10_000_000, .storedBytes: 100_000_000_000,
        .apiKeys: 1_000, .eventStreams: 256, .workers: 1_000, .jobsPerWindow: 6_000_000, .readsPerWindow: 600_000,
    ]
    /// What a limit may be; 0 allows none.
    public static let range = 0...1_000_000_000_000

    private var values: [TenantLimit: Int]

    /// Limits; where none is given the standard one holds.
    public init(_ values: [TenantLimit: Int] = [:]) {
        self.values = Self.standard.merging(values) { $1 }
    }

    /// The most that there may be of something.
    public subscript(limit: TenantLimit) -> Int {
        get { values[limit] ?? 0 }
        set { values[limit] = newValue }
    }

    /// These limits, but for those that a tenant has of its own.
    public func overridden(by own: [TenantLimit: Int]) -> TenantLimits {
        TenantLimits(values.merging(own) { $1 })
    }
}

/// A tenant has as much of something as it may; nothing was done.
public struct TenantLimitReached: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is that there is too much of.
    public var limit: TenantLimit
    /// How much there may be.
    public var maximum: Int
    /// How much there is, without what was asked for.
    public var used: Int

    /// A limit that leaves no room for what was asked for.
    public init(_ limit: TenantLimit, maximum: Int, used: Int) {
        (self.limit, self.maximum, self.used) = (limit, maximum, used)
    }

    /// Says which limit it is and what to do.
    public var description: String {
        """
        the tenant has \(used) of at most \(maximum) \(limit.noun), which leaves no room for this; \
        \(limit.retryAfter == nil ? "remove some, or have an administrator raise" : "try again later, or have an administrator raise") \
        \(limit.rawValue)
        """
    }
}
