import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// Operations that several schedulers carry out at once, whose connections are cut in the middle, and that are stopped at any time.
@Suite(.timeLimit(.minutes(2))) struct BulkOperationModelTests {
    private static let perState = 12

    /// One operation on a queue of its own, so that what it did can be seen by looking at the queue's jobs.
    private struct Planned {
        var queue: String
        var kind: BulkOperation.Kind
        var id: BulkOperationID

        /// How many jobs it changes if it is not stopped: of the scheduled, the queued and the dead ones.
        var whole: Int { perState * (kind == .delete ? 3 : 2) }

        /// How many jobs have been changed, as the rows tell.
        func seen(_ fixture: StoreFixture) async throws -> Int {
            let jobs = "select count(*) from jobs where queue = '\(queue)'"
            switch kind {
            case .retry: return try await fixture.number("\(jobs) and state = 'queued'") - perState
            case .cancel: return try await fixture.number("\(jobs) and state = 'cancelled'")
            case .delete: return try await 3 * perState - fixture.number(jobs)
            }
        }
    }

    @Test(arguments: 0..<3) func eachJobIsChangedOnceWhateverHappens(round: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await StoreFixture.run { fixture in
            var random = SeededGenerator(seed: seed)
            var plans: [Planned] = []
            for (index, kind) in (BulkOperation.Kind.allCases + BulkOperation.Kind.allCases).enumerated() {
                let queue = QueueName(validated: "q\(index)")
                try await fill(fixture, queue)
                let id = try await fixture.create(kind, fixture.selection(#"{"queue": "\#(queue)"}"#))
                plans.append(Planned(queue: queue.rawValue, kind: kind, id: id))
            }
            let stopped = plans.shuffled(using: &random).prefix(2).map(\.id)
            let batch = Int.random(in: 1...9, using: &random)
            try await stir(fixture, batch: batch, stopping: stopped, cuts: 12, &random)
            try await fixture.carryOutAll(fixture.operations(batch))
            for plan in plans {
                let operation = try await fixture.operation(plan.id)
                let comment: Comment = "seed \(seed), batches of \(batch), \(plan.kind) of \(plan.queue): \(operation)"
                #expect(operation.hasEnded, comment)
                #expect(try await plan.seen(fixture) == operation.changed, comment)
                #expect(operation.skipped == 0, comment)
                if operation.state == .done { #expect(operation.changed == plan.whole, comment) }
                if !stopped.contains(plan.id) { #expect(operation.state == .done, comment) }
            }
            let gauges = "select sum(scheduled + queued + dead)::int8 from job_counters"
            let rows = "select count(*) from jobs where state in ('scheduled', 'queued', 'dead')"
            #expect(try await fixture.number(gauges) == fixture.number(rows), "seed \(seed)")
        }
    }

    private func fill(_ fixture: StoreFixture, _ queue: QueueName) async throws {
        _ = try await fixture.submit(Self.perState) {
            $0.queue = queue
            $0.runAt = Date().addingTimeInterval(3_600)
        }
        _ = try await fixture.submit(Self.perState) { $0.queue = queue }
        for _ in 0..<Self.perState { _ = try await fixture.dead { $0.queue = queue } }
    }

    /// Has three schedulers carry out batches until nothing is due, while connections are cut and operations are stopped.
    private func stir(
        _ fixture: StoreFixture,
        batch: Int,
        stopping: [BulkOperationID],
        cuts: Int,
        _ random: inout SeededGenerator
    ) async throws {
        let pauses = (0..<cuts).map { _ in Duration.milliseconds(Int.random(in: 0...12, using: &random)) }
        let stops = stopping.map { ($0, Int.random(in: 0..<cuts, using: &random)) }
        let calm = Calm()
        try await fixture.withPool(6, named: "victim") { victims in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let store = fixture.operations(batch, on: victims)
                        var idle = 0
                        while idle < 3 {
                            do {
                                let isDone = try await store.carryOutBatch() == nil
                                // Others may be at all of them just now.
                                let isQuiet = isDone && calm.isReached.load(ordering: .acquiring)
                                idle = isQuiet ? idle + 1 : 0
                                if isDone { await Task.yield() }
                            } catch let error as PostgresError where error.isTransient || error.isConnectionLost {
                                continue
                            }
                        }
                    }
                }
                for (index, pause) in pauses.enumerated() {
                    try await Task.sleep(for: pause)
                    for (id, _) in stops.filter({ $0.1 == index }) {
                        _ = try await fixture.stores.operations.stop(id, of: nil, by: StoreFixture.actor)
                    }
                    try await fixture.sql(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                        where datname = current_database() and application_name = 'victim' and state <> 'idle'
                        """
                    )
                }
                calm.isReached.store(true, ordering: .releasing)
                try await group.waitForAll()
            }
        }
    }
}

/// Says that nothing more happens to the schedulers.
private final class Calm: Sendable {
    let isReached = Atomic(false)
}
