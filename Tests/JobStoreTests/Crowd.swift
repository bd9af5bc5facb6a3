import Foundation
import Postgres
import Synchronization
import TestSupport

@testable import JobCore
@testable import JobStore

/// Whoever does things to jobs through the connections of one process.
final class Crowd: Sendable {
    private static let queues = ["a", "b", "c"].map { QueueName(validated: $0) }
    private static let tenants = ["default", "t"].map { TenantName(validated: $0) }

    /// How many jobs died, as the stores told.
    let deaths: SharedCount
    private let fixture: StoreFixture
    private let stores: Stores
    private let jobs: SharedJobs

    init(_ fixture: StoreFixture, stores: Stores? = nil, sharing other: Crowd? = nil) {
        self.fixture = fixture
        self.stores = stores ?? fixture.stores
        jobs = other?.jobs ?? SharedJobs()
        deaths = other?.deaths ?? SharedCount()
    }

    /// Lets sessions of two processes do 240 things, in any order and at once.
    ///
    /// - Parameter second: The connections of the process besides the fixture's.
    static func ofTwoProcesses(_ fixture: StoreFixture, _ second: PostgresPool, seed: UInt64) async throws -> Crowd {
        let crowd = Crowd(fixture)
        let others = Crowd(fixture, stores: Stores(pools: DatabasePools(second)), sharing: crowd)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<6 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 100 &+ UInt64(lane))
                    for _ in 0..<40 {
                        try await (lane.isMultiple(of: 2) ? crowd : others).act(using: &generator)
                    }
                }
            }
            try await group.waitForAll()
        }
        return crowd
    }

    /// Does something.
    func act(using generator: inout SeededGenerator) async throws {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...2: try await submit(using: &generator)
        case 3...4: try await pull(using: &generator)
        case 5...7: try await report(using: &generator)
        case 8:
            guard let id = jobs.known.withLock({ $0.randomElement(using: &generator) }) else { return }
            _ = try await retryingConflicts { try await stores.cancellations.cancel(id, of: nil) }
        case 9:
            let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
            _ = try await retryingConflicts {
                try await stores.deadLetters.replay(DeadLetterSelection(), limit: 3, pace: nil, by: actor)
            }
        case 10:
            _ = try await retryingConflicts { try await stores.timers.queueDueJobs(limit: 20) }
            _ = try await retryingConflicts { try await stores.backlogs.tend(limit: 10) }
        default: try await lose(using: &generator)
        }
    }

    private func submit(using generator: inout SeededGenerator) async throws {
        var batch: [NewJob] = []
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let delay = Double.random(in: -1...1, using: &generator)
            batch.append(
                NewJob(
                    tenant: Self.tenants.randomElement(using: &generator) ?? .default,
                    queue: Self.queues.randomElement(using: &generator) ?? .default,
                    type: Backlog.noop.type,
                    priority: Priority.allCases.randomElement(using: &generator) ?? .normal,
                    payload: Array(
                        "\"\(String(repeating: "x", count: Int.random(in: 0...300, using: &generator)))\"".utf8
                    ),
                    runAt: delay > 0 ? Date(timeIntervalSinceNow: delay) : nil,
                    maxAttempts: Int.random(in: 1...3, using: &generator)
                )
            )
        }
        let isCopied = Bool.random(using: &generator)
        _ = try await retryingConflicts { [batch] in
            isCopied ? try await stores.submissions.copy(batch) : try await stores.submissions.insert(batch)
        }
        jobs.known.withLock { [batch] in $0 += batch.map(\.id) }
    }

    private func pull(using generator: inout SeededGenerator) async throws {
        let session = try await fixture.open().key
        var batch = ExchangeBatch()
        for tenant in Self.tenants {
            let backlog = Backlog(
                tenant: tenant,
                queue: Self.queues.randomElement(using: &generator) ?? .default,
                priority: Priority.allCases.randomElement(using: &generator) ?? .normal,
                type: Backlog.noop.type
            )
            batch.pulls.append(BacklogPull(backlog, since: 0, shares: [(session, 5)]))
        }
        let granted = try await retryingConflicts { [batch] in try await stores.exchanges.carryOut(batch).granted }
        jobs.running.withLock { $0 += granted }
    }

    private func report(using generator: inout SeededGenerator) async throws {
        let runs = jobs.running.withLock { runs in
            runs.shuffle(using: &generator)
            defer { runs.removeLast(min(8, runs.count)) }
            return runs.suffix(8)
        }
        let outcomes = runs.map { run in
            let kinds: [RunOutcome.Kind] = [
                .success(result: nil), .success(result: Array("[1, 2, 3]".utf8)),
                .failure(RunFailure(kind: "error", error: "x")),
                .failure(RunFailure(kind: "error", error: "y", isFinal: true)), .release(delay: nil),
                .release(delay: .milliseconds(10)), .cancelled,
            ]
            return RunOutcome(
                job: run.job,
                fence: RunFence(run: run.run, worker: run.worker),
                kind: kinds.randomElement(using: &generator) ?? .cancelled
            )
        }
        let ended = try await retryingConflicts { try await stores.exchanges.record(outcomes) }
        deaths.add(ended.deaths.count)
    }

    /// A worker dies, comes back without what it had, or leaves.
    private func lose(using generator: inout SeededGenerator) async throws {
        guard let run = jobs.running.withLock({ $0.randomElement(using: &generator) }) else { return }
        if Bool.random(using: &generator) {
            try await fixture.expireLeases(of: run.worker)
            let ended = try await retryingConflicts { try await stores.leases.endExpired(limit: 10).ended }
            deaths.add(ended.deaths.count)
        } else {
            let hello = StoreFixture.hello(run.worker)
            _ = try await retryingConflicts { try await stores.leases.open(hello, lease: .seconds(60)) }
        }
    }
}

/// What all of a crowd know.
final class SharedJobs: Sendable {
    let known = Mutex<[JobID]>([])
    let running = Mutex<[GrantedRun]>([])
}

final class SharedCount: Sendable {
    private let count = Mutex(0)

    func add(_ number: Int) { count.withLock { $0 += number } }

    func withLock<Result>(_ body: (Int) -> Result) -> Result { count.withLock { body($0) } }
}
