import JobCore
import JobStore
import Logging
import ServiceLifecycle
import Synchronization

/// Counts how long jobs waited that this process granted, by the minute, and puts its share on record now and then: a few rows a flush, and
/// none when nothing was granted.
final class WaitKeeper: Service {
    /// How often what was counted is put on record. A process that is killed takes as much with it.
    private static let interval = Duration.seconds(10)
    /// How many flushes that fail in a row are waited for with what they were to put on record.
    private static let maxFailures = 30

    private let store: MinuteStore
    private let logger: Logger
    private let counts = Mutex(WaitCounts())

    /// Puts waits on record in a store.
    init(store: MinuteStore, logger: Logger) {
        (self.store, self.logger) = (store, logger)
    }

    /// Runs were granted at a time by the database's clock, in microseconds since 1970.
    func granted(_ runs: [GrantedRun], at time: Int64) {
        counts.withLock { $0.count(runs.lazy.map { ($0.backlog, time - $0.queuedAt) }, at: time) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                failures = await self.flush() ? 0 : failures + 1
                if failures >= Self.maxFailures { self.counts.withLock { $0 = WaitCounts() } }
            }
        }
        // Nothing is cancelled here: the last share is put on record, too.
        await Task { _ = await self.flush() }.value
    }

    /// Puts on record what was counted.
    ///
    /// - Returns: Whether that worked, or there was nothing.
    @discardableResult
    func flush() async -> Bool {
        let taken = counts.withLock { counts in
            defer { counts = WaitCounts() }
            return counts
        }
        do {
            try await store.add(taken.rows)
            return true
        } catch {
            logger.debug("how long jobs waited cannot be kept", metadata: ["error": "\(error)"])
            counts.withLock { $0.add(taken) }
            return false
        }
    }
}

/// How long jobs waited, by minute and queue. Pure, and bounded: of more queues than so many only the tenants are told apart, and of more tenants
/// nothing is.
struct WaitCounts: Sendable {
    private struct Key: Hashable {
        var minute: Int64
        var tenant: TenantName?
        var queue: QueueName?
    }

    /// How many are told apart.
    static let most = 1_000
    /// How many tenants', and how many queues' rows are put on record at a time: of those that had most.
    static let (tenants, queues) = (100, 50)

    private var buckets: [Key: WaitBuckets] = [:]

    /// Nothing yet.
    init() {}

    /// Counts jobs. Those that come together are mostly of one queue, which is looked up once.
    ///
    /// - Parameters:
    ///   - jobs: Where each waited, and how long, in microseconds.
    ///   - now: When they were granted, in microseconds since 1970.
    mutating func count(_ jobs: some Sequence<(backlog: Backlog, wait: Int64)>, at now: Int64) {
        let minute = now / 60_000_000
        var (last, waits): (Key?, WaitBuckets) = (nil, WaitBuckets())
        for (backlog, wait) in jobs {
            if last?.queue != backlog.queue || last?.tenant != backlog.tenant {
                if let last { add(waits, to: last) }
                (last, waits) = (Key(minute: minute, tenant: backlog.tenant, queue: backlog.queue), WaitBuckets())
            }
            waits.count(microseconds: wait)
        }
        if let last { add(waits, to: last) }
    }

    /// Takes in other counts.
    mutating func add(_ other: WaitCounts) {
        for (key, counts) in other.buckets { add(counts, to: key) }
    }

    private mutating func add(_ counts: WaitBuckets, to key: Key) {
        buckets[place(key), default: WaitBuckets()].add(counts)
    }

    /// Where there is room for a key.
    private func place(_ key: Key) -> Key {
        guard buckets.count >= Self.most, buckets[key] == nil else { return key }
        var wider = key
        wider.queue = nil
        if buckets.count < 2 * Self.most || buckets[wider] != nil { return wider }
        wider.tenant = nil
        return wider
    }

    /// What is put on record: everybody's, and that of the tenants and queues that had most.
    var rows: [MinuteWait] {
        var (all, tenants, queues): ([Key: WaitBuckets], [Key: WaitBuckets], [Key: WaitBuckets]) = ([:], [:], [:])
        for (key, counts) in buckets {
            all[Key(minute: key.minute), default: WaitBuckets()].add(counts)
            guard let tenant = key.tenant else { continue }
            tenants[Key(minute: key.minute, tenant: tenant), default: WaitBuckets()].add(counts)
            if key.queue != nil { queues[key] = counts }
        }
        return Self.rows(all, most: all.count) + Self.rows(tenants, most: Self.tenants)
            + Self.rows(queues, most: Self.queues)
    }

    private static func rows(_ counts: [Key: WaitBuckets], most: Int) -> [MinuteWait] {
        let chosen = counts.map { (key: $0.key, counts: $0.value, total: $0.value.total) }.sorted {
            $0.total > $1.total
        }
        return chosen.prefix(most).map {
            MinuteWait(FigureScope(tenant: $0.key.tenant, queue: $0.key.queue), minute: $0.key.minute, $0.counts)
        }
    }
}
