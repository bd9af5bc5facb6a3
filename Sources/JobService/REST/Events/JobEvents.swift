import Foundation
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
    /// How often it is looked whether listeners may still listen. Waits for no database.
    private static let patience = Duration.milliseconds(250)
    /// How long a stream lasts at most: as long as an access token.
    private static let lifetime = Duration.seconds(AccessTokens.lifetime)
    /// How many intervals lie between two heartbeats.
    private static let heartbeat = 15

    /// Wakes who waits for a job's end.
    let waits: JobWaits
    private let queues: QueueStore
    private let listeners = EventListeners()
    private let logger: Logger
    private let reads: Batcher<JobID, Void>

    /// How many clients listen.
    var listenerCount: Int { listeners.count }

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

    /// Begins to listen, for as long as the caller's credential is good.
    ///
    /// - Parameter revocations: Knows whether it is.
    func subscribe(_ caller: Caller, revocations: RevocationList) throws(EventListeners.Refusal) -> EventSubscription {
        let left = caller.expiresAt.map { Duration.seconds($0.timeIntervalSinceNow) } ?? Self.lifetime
        let until = ContinuousClock.now + min(left, Self.lifetime)
        let subscription = try listeners.add(caller, revocations: revocations, until: until)
        if listeners.beginTicking() { Task { await attend() } }
        return subscription
    }

    /// Looks after the listeners for as long as there are any.
    private func attend() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.tellQueues() }
            while listeners.keepsTicking() {
                listeners.endOverdue(at: .now)
                try? await Task.sleep(for: Self.patience)
            }
            group.cancelAll()
        }
    }

    private func tellQueues() async {
        var shares = QueueShares()
        var ticks = 0
        while !Task.isCancelled {
            do {
                let turn = shares.turn(of: listeners.audiences)
                var found = try await queues.figures(of: turn.tenants, limit: turn.limit)
                for tenant in turn.tenants {
                    tell(found.removeValue(forKey: tenant) ?? [], to: tenant, &shares)
                }
                if turn.tellsAll { tell(try await queues.figuresOfAll(limit: QueueShares.page), to: nil, &shares) }
            } catch {
                logger.debug("the figures of queues could not be told", metadata: ["error": "\(error)"])
            }
            ticks += 1
            if ticks.isMultiple(of: Self.heartbeat) { listeners.send(EventFrame.heartbeat) }
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func tell(_ found: [QueueStatus], to audience: TenantName?, _ shares: inout QueueShares) {
        listeners.tell(found, changed: shares.changes(to: found, of: audience), to: audience)
    }
}

/// Whose queues are looked at when, so that the listeners of one tenant never see fewer of theirs because of another's: each tenant has a page
/// of its own. What one look reads is bounded: of many tenants each gets a smaller page, and of very many some wait for the next look.
struct QueueShares {
    /// The most queues of one page, and of one look.
    static let (page, look) = (500, 2_000)
    /// The most tenants of one look.
    private static let maxTenants = 50

    /// One look.
    struct Turn {
        /// Whose queues are read, each tenant's for itself.
        var tenants: [TenantName]
        /// The most of each.
        var limit: Int
        /// Whether those who see all tenants are told as well.
        var tellsAll: Bool
    }

    private var looks = 0
    private var served: [TenantName: Int] = [:]
    private var known: [TenantName?: [TenantQueue: QueueStatus]] = [:]

    /// The next look: the tenants that were told the longest ago.
    mutating func turn(of audiences: Set<TenantName?>) -> Turn {
        known = known.filter { audiences.contains($0.key) }
        let tenants = audiences.compactMap { $0 }
        served = served.filter { audiences.contains($0.key) }
        let chosen = tenants.sorted { (served[$0] ?? -1, $0.rawValue) < (served[$1] ?? -1, $1.rawValue) }
            .prefix(Self.maxTenants)
        looks += 1
        for tenant in chosen { served[tenant] = looks }
        return Turn(
            tenants: Array(chosen),
            limit: min(Self.page, Self.look / max(1, chosen.count)),
            tellsAll: audiences.contains(nil)
        )
    }

    /// Those of an audience's queues that are not as they were told last.
    mutating func changes(to found: [QueueStatus], of audience: TenantName?) -> [QueueStatus] {
        let before = known[audience] ?? [:]
        known[audience] = Dictionary(found.map { ($0.queue, $0) }) { $1 }
        return found.filter { before[$0.queue] != $0 }
    }
}
