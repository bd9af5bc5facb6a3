import Synchronization

/// How long statements take, by name, for whoever shows it.
///
/// One object may serve any number of connections: see ``PostgresConfiguration/statistics``. Each connection looks a name up once, when
/// it prepares the statement; from then on an execution costs two atomic additions.
public final class PostgresStatistics: Sendable {
    /// How often a statement was run, and what that took.
    public struct Figures: Hashable, Sendable {
        /// What errors call the statement; of several that were sent together the names with commas between them.
        public let name: String
        /// How many round trips came to their end.
        public let count: Int
        /// What they took together, in seconds.
        public let seconds: Double
        /// How many failed.
        public let failures: Int
    }

    /// What the statements beyond the limit are called together.
    public static let other = "_other"

    private let limit: Int
    private let meters = Mutex<[String: StatementMeter]>([:])

    /// Keeps figures.
    ///
    /// - Parameter limit: How many names are told apart.
    public init(limit: Int = 200) {
        self.limit = limit
    }

    /// All of them, in the order of their names.
    public var figures: [Figures] {
        meters.withLock { Array($0) }.sorted { $0.key < $1.key }.map { name, meter in
            Figures(
                name: name,
                count: Int(clamping: meter.count.load(ordering: .relaxed)),
                seconds: Double(meter.nanoseconds.load(ordering: .relaxed)) / 1_000_000_000,
                failures: Int(clamping: meter.failures.load(ordering: .relaxed))
            )
        }
    }

    func meter(of name: String) -> StatementMeter {
        meters.withLock { meters in
            let known = meters[name] != nil || meters.count < limit
            let name = known ? name : Self.other
            if let meter = meters[name] { return meter }
            let meter = StatementMeter()
            meters[name] = meter
            return meter
        }
    }
}

/// The figures of one statement.
final class StatementMeter: Sendable {
    let count = Atomic<UInt64>(0)
    let nanoseconds = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)

    /// Notes a round trip that began then and ends now.
    func note(since start: ContinuousClock.Instant, hasFailed: Bool) {
        let (seconds, attoseconds) = start.duration(to: .now).components
        nanoseconds.wrappingAdd(
            UInt64(clamping: seconds * 1_000_000_000 + attoseconds / 1_000_000_000),
            ordering: .relaxed
        )
        count.wrappingAdd(1, ordering: .relaxed)
        if hasFailed { failures.wrappingAdd(1, ordering: .relaxed) }
    }
}
