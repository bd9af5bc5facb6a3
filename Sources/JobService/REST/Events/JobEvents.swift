import JobCore
import JobStore
import Logging

/// Tells listeners which jobs changed and how queues stand.
///
/// Whoever changes jobs in this process says which; while nobody listens or waits that costs a look at two flags. While somebody does, the
/// jobs are read, many at once, and told as they stand then: a state that a job only passed through may be left out, the one
/// that it came to is not. Queues are read once a second for all listeners together. What another process changes is seen in
/// the figures of its queue, and in the job once this process changes it again.
final class JobEvents: Sendable {
    private static let interval = Duration.seconds(1)
    /// How long a stream lasts: as long as an access token. Whoever lost the right to listen cannot begin another.
    private static let lifetime = Duration.seconds(AccessTokens.lifetime)
    /// How many intervals lie between two heartbeats.
    private static let heartbeat = 15
    /// The most queues whose figures are told.
    private static let maxQueues = 500

    /// Wakes who waits for a job's end.
    let waits: JobWaits
    private let queues: QueueStore
    private let listeners = EventListeners()
    private let logger: Logger
    private let reads: Batcher<JobID, Void>

    /// Events about what is on record.
    ///
    /// - Parameters:
    ///   - waits: Hears of the same changes.
    ///   - logger: Gets, at level debug, why something could not be told.
    init(stores: Stores, waits: JobWaits, logger: Logger) {
        self.waits = waits
        queues = stores.queues
        self.logger = logger
        let (jobs, listeners) = (stores.jobs, listeners)
        reads = Batcher(limits: .init(batchItems: 1_000, waitingCost: 50_000, lanes: 1)) { ids in
            do {
                // A job that is named twice in a batch is told once.
                listeners.tell(try await jobs.summaries(of: Array(Set(ids))))
            } catch {
                logger.debug("changes could not be told", metadata: ["error": "\(error)"])
                listeners.dropAll()
            }
            return ids.map { _ in }
        }
    }

    /// Says which jobs changed. Never waits; when there is no keeping up, the listeners are told so.
    func changed(_ jobs: @autoclosure () -> [JobID]) {
        let isAwaited = waits.waiters.isAwaited
        guard listeners.isHeard || isAwaited else { return }
        let jobs = jobs()
        if isAwaited { waits.changed(jobs) }
        if listeners.isHeard, !reads.post(contentsOf: jobs) { listeners.dropAll() }
    }

    /// Tells what handlers logged.
    ///
    /// - Parameter noted: Whose of the runs are meant: what is said of others was not kept.
    func logged(_ notes: @autoclosure () -> [RunNote], noted: [RunKey: String]) {
        guard !noted.isEmpty, listeners.isHeard else { return }
        for note in notes() where !note.lines.isEmpty {
            if let tenant = noted[note.run] { listeners.tell(note.lines, of: note.run, tenant: tenant) }
        }
    }

    /// Begins to listen; nil when too many do.
    ///
    /// - Parameter tenant: Whose events; nil means everybody's.
    func subscribe(tenant: TenantName?) -> EventSubscription? {
        guard let subscription = listeners.add(tenant: tenant, until: .now + Self.lifetime) else { return nil }
        if listeners.beginTicking() { Task { await tick() } }
        return subscription
    }

    /// Tells how queues stand for as long as somebody listens.
    private func tick() async {
        var known: [TenantQueue: QueueStatus] = [:]
        var ticks = 0
        while listeners.keepsTicking() {
            do {
                var found = try await queues.queues(of: nil, after: nil, limit: Self.maxQueues)
                // Its age changes all the time, and is not told.
                for index in found.indices { found[index].oldestAgeMilliseconds = nil }
                listeners.tell(found, changed: found.filter { known[$0.queue] != $0 })
                known = Dictionary(uniqueKeysWithValues: found.map { ($0.queue, $0) })
            } catch {
                logger.debug("the figures of queues could not be told", metadata: ["error": "\(error)"])
            }
            listeners.endOverdue(at: .now)
            ticks += 1
            if ticks.isMultiple(of: Self.heartbeat) { listeners.send(EventFrame.heartbeat) }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
