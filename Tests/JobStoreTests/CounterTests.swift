import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// The figures that are kept instead of counted.
@Suite(.timeLimit(.minutes(2))) struct CounterTests {
    /// Sessions of two processes do whatever may be done to jobs, in any order and at once, while a scheduler folds.
    @Test(arguments: [UInt64](1...4))
    func whateverHappensTheSumsOfAQueueAreWhatItsRowsSay(seed: UInt64) async throws {
        try await StoreFixture.run { fixture in
            try await fixture.withPool(3) { second in
                let crowd = try await Crowd.ofTwoProcesses(fixture, second, seed: seed)
                try await fixture.expectCountersToMatchRows("seed \(seed)")
                for _ in 0..<2 { _ = try await fixture.stores.backlogs.tend(limit: 10) }
                try await fixture.expectCountersToMatchRows("seed \(seed), folded")
                let counts = try await fixture.counts()
                #expect(counts.died == Int64(crowd.deaths.withLock { $0 }), "seed \(seed)")
                #expect(
                    counts.submitted > 40 && counts.failed > 0 && counts.completed > 0,
                    "seed \(seed): it did little"
                )
                #expect(try await fixture.number("select count(*) from job_counters where slot >= 0") == 0)
            }
        }
    }

    @Test func aQueueAtRestIsOneRowOfTotalsAndOneAtWorkARowForEachBacklog() async throws {
        try await StoreFixture.run { fixture in
            for priority in Priority.allCases {
                for type in ["noop", "echo"] {
                    let id = try await fixture.submitAndClaim {
                        $0.priority = priority
                        $0.type = JobType(validated: type)
                    }
                    try await fixture.end(id, run: 1, .success(result: nil))
                }
            }
            let waiting = try await fixture.submit { $0.queue = QueueName(validated: "busy") }
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            func rows(_ table: String) async throws -> Int { try await fixture.number("select count(*) from \(table)") }
            #expect(try await rows("queue_totals") == 1)
            #expect(try await rows("job_counters") == 1)
            #expect(try await fixture.counts() == JobCounts(submitted: 9, queued: 1, completed: 8))
            _ = try await fixture.claim(waiting, run: 1)
            try await fixture.end(waiting, run: 1, .success(result: nil))
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            #expect(try await rows("queue_totals") == 2)
            #expect(try await rows("job_counters") == 0)
            #expect(try await fixture.counts() == JobCounts(submitted: 9, completed: 9))
        }
    }

    @Test func foldingWaitsForNobodyAndLosesNothing() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.submit(2)
            try await fixture.withPool(1) { writer in
                try await writer.withTransaction { transaction in
                    let job = NewJob(type: Backlog.noop.type, payload: Array("{}".utf8))
                    _ = try await transaction.pipeline([SubmissionStore.insertion(of: [job])])
                    // It would wait for ever for the row that this transaction has just written.
                    _ = try await fixture.stores.backlogs.tend(limit: 10)
                    #expect(try await fixture.counts().queued == 2)
                }
            }
            #expect(try await fixture.counts().queued == 3)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let isDone = Atomic(false)
                group.addTask {
                    while !isDone.load(ordering: .relaxed) { _ = try await fixture.stores.backlogs.tend(limit: 10) }
                }
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    for _ in 0..<3 { writers.addTask { _ = try await fixture.submit(40) } }
                    try await writers.waitForAll()
                }
                isDone.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
            #expect(try await fixture.counts() == JobCounts(submitted: 123, queued: 123))
            try await fixture.expectCountersToMatchRows("folded meanwhile")
        }
    }

    @Test func twoSessionsNeverShareASlot() async throws {
        try await StoreFixture.run { fixture in
            func slot(_ connection: PostgresConnection) async throws -> Int16 {
                try await connection.query(PostgresStatement("slot", "select counter_slot()"))[0].decode(Int16.self)
            }
            let configuration = try StoreFixture.configuration(fixture.url)
            var connections: [PostgresConnection] = []
            for number in 0..<12 {
                let connection = try await PostgresConnection.connect(configuration)
                // Where the transaction that asked first was undone, the slot is asked for once more.
                if number.isMultiple(of: 3) {
                    try await connection.execute("begin; select counter_slot(); rollback")
                }
                connections.append(connection)
            }
            var slots: [Int16] = []
            for connection in connections { slots.append(try await slot(connection)) }
            #expect(Set(slots).count == 12)
            for (connection, known) in zip(connections, slots) { #expect(try await slot(connection) == known) }
            for connection in connections.prefix(6) { await connection.close() }
            let newcomer = try await PostgresConnection.connect(configuration)
            #expect(try await !slots.suffix(6).contains(slot(newcomer)))
            for connection in connections.suffix(6) + [newcomer] { await connection.close() }
        }
    }
}
