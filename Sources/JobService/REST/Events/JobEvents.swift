import Foundation
import JobCore
import JobStore
import Logging
import ServiceLifecycle

/// Tells listeners which jobs changed and how queues stand.
///
/// Whoever changes jobs in this process says which; while nobody listens or waits that costs a look at two flags. While somebody does, the
/// jobs are read, many at once, and told as they stand then: a state that a job only passed through may be left out, the one
/// that it came to is not. Tenants of which nobody hears are not read, and the others have the same share of each read: one that changes
/// more jobs than can be read delays nobody else, and its listeners alone are told that they lag. Queues are read once a second for all listeners
/// together. What other processes change comes by ``EventCarrier``, and what this one does goes to their listeners so.
final class JobEvents: Service {
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
    private let listeners: EventListeners
    private let carrier: EventCarrier?
    private let operations: @Sendable () async throws -> [ToldOperation]
    private let logger: Logger
    private let mostOfTenant: @Sendable (TenantName) -> Int
    private let reads: Batcher<Change, Void>
    private let lineReads: Batcher<Logging, Void>

    /// A job that changed.
    private struct Change: Sendable {
        var job: JobID
        var tenant: TenantName
    }

    /// Lines that were logged through another process.
    private struct Logging: Sendable {
        var lines: LoggedLines
        var tenant: TenantName
    }

    /// Of how many runs the lines are read at once, each of which has 256 KiB at most, and how many may wait for it.
    private static let (lineBatch, lineWaiting) = (20, 2_000)
    /// How many jobs are handed to a read at once, how many are read at once (fewer than a listener's line has room for, as it gets them all in a
    /// moment), and how many may wait for it.
    private static let (chunk, batch, waiting) = (100, 600, 50_000)

    /// How many clients listen.
    var listenerCount: Int { listeners.count }

    /// Events about what is on record.
    ///
    /// - Parameters:
    ///   - waits: Hears of the same changes.
    ///   - carrier: Brings changes from other processes and to them, once this runs; nil where there are none.
    ///   - operations: Reads the newest operations; asked once a second while somebody wants to be told of them.
    ///   - mostOfTenant: How many streams a tenant may have.
    ///   - logger: Gets, at level debug, why something could not be told.
    init(
        stores: Stores,
        waits: JobWaits,
        carrier: EventCarrier? = nil,
        operations: @escaping @Sendable () async throws -> [ToldOperation] = { [] },
        mostOfTenant: @escaping @Sendable (TenantName) -> Int = { _ in 256 },
        logger: Logger
    ) {
        self.waits = waits
        self.mostOfTenant = mostOfTenant
        queues = stores.queues
        self.logger = logger
        self.carrier = carrier
        self.operations = operations
        listeners = EventListeners { carrier?.audienceChanged() }
        let (jobs, listeners) = (stores.jobs, listeners)
        let limits = Batcher<Change, Void>.Limits(batchItems: Self.batch, waitingCost: Self.waiting, lanes: 1)
        reads = Batcher(limits: limits, owner: { $0.tenant }) { changes in
            do {
                // A job that is named twice in a batch is told once.
                let found = try await jobs.summaries(of: Array(Set(changes.map(\.job))))
                listeners.tell(found)
                listeners.tellRemoved(Self.removed(changes, found))
            } catch {
                logger.debug("changes could not be told", metadata: ["error": "\(error)"])
                for tenant in Set(changes.map(\.tenant)) { listeners.drop(tenant) }
            }
            return changes.map { _ in }
        }
        let lineLimits = Batcher<Logging, Void>.Limits(
            batchItems: Self.lineBatch,
            waitingCost: Self.lineWaiting,
            lanes: 1
        )
        lineReads = Batcher(limits: lineLimits, owner: { $0.tenant }) { logged in
            do {
                let tenants = Dictionary(logged.map { ($0.lines.run, $0.tenant) }) { $1 }
                for (run, lines) in try await jobs.lines(logged.map(\.lines)) {
                    if let tenant = tenants[run] { listeners.tell(lines, of: run, tenant: tenant) }
                }
            } catch {
                logger.debug("log lines could not be told", metadata: ["error": "\(error)"])
                for tenant in Set(logged.map(\.tenant)) { listeners.drop(tenant) }
            }
            return logged.map { _ in }
        }
    }

    /// Whether anybody listens, here or at another process. Costs no lock.
    var isHeard: Bool { listeners.isHeard || carrier?.isHeard ?? false }

    func run() async throws {
        guard let carrier else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown { [listeners] in
            await carrier.run(audience: { listeners.audience }) { news in
                switch news {
                case .changed(let jobs, let tenant): self.read(jobs, of: tenant)
                case .logged(let lines, let tenant): self.read(lines, of: tenant)
                case .lost(let tenant): listeners.drop(tenant)
                }
            }
        }
    }

    /// Says which jobs of a tenant changed, or were removed. Never waits; when there is no keeping up, the tenant's listeners are told so.
    func changed(_ jobs: @autoclosure () -> [JobID], of tenant: @autoclosure () -> TenantName) {
        let isAwaited = waits.waiters.isAwaited
        guard isHeard || isAwaited else { return }
        let jobs = jobs()
        if isAwaited { waits.changed(jobs) }
        if isHeard { tell(jobs, of: tenant()) }
    }

    /// Says what ends of runs led to that no exchange told of.
    func changed(by ended: EndedRuns) {
        let isAwaited = waits.waiters.isAwaited
        guard isHeard || isAwaited else { return }
        for announcement in ended.announcements { changed([announcement.id], of: announcement.backlog.tenant) }
        for (tenant, jobs) in ended.cancelledJobs.jobs { changed(jobs, of: tenant) }
    }

    /// Says what workers' exchanges changed.
    func changed(by exchanges: [WorkerExchange], _ done: CarriedOut) {
        waits.changed(exchanges.flatMap { $0.outcomes.map(\.job) })
        guard isHeard else { return }
        for (tenant, jobs) in done.changed { tell(jobs, of: tenant) }
        for note in exchanges.lazy.flatMap(\.notes) where !note.lines.isEmpty {
            guard let tenant = done.noted[note.run] else { continue }
            listeners.tell(note.lines, of: note.run, tenant: tenant)
            carrier?.logged(note.logged, of: tenant)
        }
    }

    /// The jobs that changed and are not there any more, by tenant.
    private static func removed(_ changes: [Change], _ found: [JobSummary]) -> [TenantName: Set<JobID>] {
        let known = Set(found.map(\.id))
        return changes.reduce(into: [:]) { removed, change in
            if !known.contains(change.job) { removed[change.tenant, default: []].insert(change.job) }
        }
    }

    private func tell(_ jobs: [JobID], of tenant: TenantName) {
        if listeners.isHeard { read(jobs, of: tenant) }
        carrier?.changed(jobs, of: tenant)
    }

    private func read(_ jobs: [JobID], of tenant: TenantName) {
        guard listeners.hears(tenant) else { return }
        for start in stride(from: 0, to: jobs.count, by: Self.chunk) {
            let changes = jobs[start..<min(start + Self.chunk, jobs.count)].map { Change(job: $0, tenant: tenant) }
            guard reads.post(contentsOf: changes) else { return listeners.drop(tenant) }
        }
    }

    private func read(_ lines: [LoggedLines], of tenant: TenantName) {
        guard listeners.hearsLogs(tenant) else { return }
        for start in stride(from: 0, to: lines.count, by: Self.lineBatch) {
            let part = lines[start..<min(start + Self.lineBatch, lines.count)]
            guard lineReads.post(contentsOf: part.map { Logging(lines: $0, tenant: tenant) }) else {
                return listeners.drop(tenant)
            }
        }
    }

    /// Begins to listen, for as long as the caller's credential is good.
    ///
    /// - Parameters:
    ///   - revocations: Knows whether it is.
    ///   - filter: What is to be told.
    func subscribe(
        _ caller: Caller,
        revocations: RevocationList,
        filter: EventFilter = EventFilter()
    ) throws(FairPlaces.Refusal) -> EventSubscription {
        let left = caller.expiresAt.map { Duration.seconds($0.timeIntervalSinceNow) } ?? Self.lifetime
        let until = ContinuousClock.now + min(left, Self.lifetime)
        let subscription = try listeners.add(
            caller,
            revocations: revocations,
            filter: filter,
            until: until,
            mostOfTenant: mostOfTenant(caller.principal.tenant)
        )
        if listeners.beginTicking() { Task { await attend() } }
        return subscription
    }

    /// Waits until other processes know that a caller listens, for a moment at most: what changes from then on is told.
    ///
    /// - Parameter filter: What it wants to be told.
    func settle(_ caller: Caller, _ filter: EventFilter) async {
        let tenants = TenantSelection([caller.principal.visibleTenant])
        let logs = filter.kinds.contains(.log) ? tenants : TenantSelection()
        await carrier?.settle(for: ChangeAudience(jobs: tenants, logs: logs))
    }

    /// Looks after the listeners for as long as there are any.
    private func attend() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.tellQueues() }
            group.addTask { await self.tellOperations() }
            while listeners.keepsTicking() {
                listeners.endOverdue(at: .now)
                try? await Task.sleep(for: Self.patience)
            }
            group.cancelAll()
        }
    }

    private func tellOperations() async {
        var news = OperationNews()
        while !Task.isCancelled {
            if listeners.hasOverseers {
                do {
                    for operation in news.changes(in: try await operations()) { listeners.tell(operation) }
                } catch {
                    logger.debug("operations could not be told", metadata: ["error": "\(error)"])
                }
            } else {
                news = OperationNews()
            }
            try? await Task.sleep(for: Self.interval)
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

extension RunNote {
    /// The lines that it puts on record.
    fileprivate var logged: [LoggedLines] {
        guard let first = lines.first?.number, let last = lines.last?.number else { return [] }
        return [LoggedLines(run, first: first, last: last)]
    }
}
