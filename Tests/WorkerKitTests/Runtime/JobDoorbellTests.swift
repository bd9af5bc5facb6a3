import Foundation
import JobCore
import SwiftProtobuf
import Testing

@testable import QueueFlowWorker

/// Kafka is open to others: what a worker reads there it must not repeat to a job-service unseen.
@Suite struct JobDoorbellTests {
    private static func read(_ change: (inout JobRecord) -> Void = { _ in }) -> JobDoorbell? {
        var message = JobRecord()
        message.id = Data(repeating: 1, count: 16)
        message.run = 1
        (message.tenant, message.queue, message.type) = ("default", "q", "noop")
        message.queuedAt = 1_700_000_000_000_000
        change(&message)
        return JobDoorbell(message, .normal)
    }

    @Test func whatCannotBeARunIsPassedOver() {
        #expect(Self.read() != nil)
        let changes: [(inout JobRecord) -> Void] = [
            { $0.id = Data([1]) }, { $0.run = 0 }, { $0.run = 1 << 31 }, { $0.tenant = "a.b" }, { $0.queue = "" },
            { $0.type = "\0" },
        ]
        for change in changes { #expect(Self.read(change) == nil) }
        #expect(Self.read { $0.run = UInt32(Int32.max) } != nil)
    }

    @Test(arguments: [(Int64.min, 0), (-1, 0), (1_700_000_000_000_000, 1_700_000_000_000_000)] as [(Int64, Int64)])
    func aTimeIsOneThatCanBe(written: Int64, taken: Int64) {
        #expect(Self.read { $0.queuedAt = written }?.hint.since == taken)
    }

    @Test func noTimeIsToCome() throws {
        let since = try #require(Self.read { $0.queuedAt = .max }?.hint.since)
        #expect(since <= Int64(Date().timeIntervalSince1970 * 1e6) && since > 1_700_000_000_000_000)
    }
}
