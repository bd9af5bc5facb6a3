import Foundation
import Kafka
import SwiftProtobuf
import Testing

@testable import Formats
@testable import JobCore
@testable import Platform

/// The records that ring for queued jobs.
@Suite struct JobRecordTests {
    private func announcements(_ count: Int, queue: String = "q", priority: Priority = .normal) -> [JobAnnouncement] {
        (0..<count).map { index in
            let job = NewJob(
                tenant: TenantName(validated: "acme"),
                queue: QueueName(validated: queue),
                type: JobType(validated: "noop"),
                priority: priority,
                payload: Array("{}".utf8),
                trace: "trace"
            )
            return JobAnnouncement(job, queuedAt: Date(microsecondsSince1970: 1_700_000_000_000_000 + Int64(index)))
        }
    }

    @Test func aRecordNamesTheJobAndItsBacklogAndNothingMore() throws {
        let announcement = announcements(1, priority: .high)[0]
        let record = JobPublisher.records(of: [announcement], JobTopics())[0]
        #expect(record.topic == "queueflow.jobs.high")
        #expect(record.key == Array(announcement.id.description.utf8))
        let message = try JobRecord(serializedBytes: record.value)
        #expect(JobID(bytes: message.id) == announcement.id)
        #expect((message.run, message.tenant, message.queue, message.type) == (1, "acme", "q", "noop"))
        #expect((message.queuedAt, message.trace) == (1_700_000_000_000_000, "trace"))
        #expect(!message.hasMore_p)
    }

    /// A hundred thousand jobs in one queue are told of by a hundred records, each of which says that there are more.
    @Test(arguments: [100, 101, 5_000]) func aDeepBacklogHasNoMoreRecordsThanWakeItsWorkers(count: Int) throws {
        let limit = JobPublisher.recordsPerBacklog
        var all = announcements(count)
        all.insert(contentsOf: announcements(5, queue: "small"), at: count / 2)
        let records = JobPublisher.records(of: all, JobTopics())
        let messages = try records.map { try JobRecord(serializedBytes: $0.value) }
        let (deep, small) = (messages.filter { $0.queue == "q" }, messages.filter { $0.queue == "small" })
        #expect(deep.count == min(count, limit) && small.count == 5)
        #expect(deep.allSatisfy { $0.hasMore_p == (count > limit) } && small.allSatisfy { !$0.hasMore_p })
        #expect(deep.map(\.queuedAt) == deep.map(\.queuedAt).sorted(), "the oldest have one")
    }

    /// 32 records have a key, and so a partition: few enough requests for Kafka, and something for each worker.
    @Test(arguments: [1, 32, 33, 64, 200]) func jobsThatAreQueuedTogetherShareFewPartitions(count: Int) {
        let all = announcements(count)
        let keys = JobPublisher.records(of: all, JobTopics()).compactMap(\.key)
        let told = min(count, JobPublisher.recordsPerBacklog)
        let wanted = (0..<told).map { Array(all[$0 / 32 * 32].id.description.utf8) }
        let isAsWanted = keys == wanted
        #expect(isAsWanted)
    }

    @Test func topicsAreOnePerPriorityWhateverQueuesThereAre() {
        let topics = JobTopics()
        #expect(topics.jobs == ["critical", "high", "normal", "low"].map { "queueflow.jobs.\($0)" })
        #expect(topics.deadLetters == "queueflow.dead-letters")
        for priority in Priority.allCases { #expect(topics.priority(of: topics.name(of: priority)) == priority) }
        #expect(topics.priority(of: topics.deadLetters) == nil && topics.priority(of: "queueflow.jobs.urgent") == nil)
    }

    @Test func aPrefixIsOnesOwnWhereKafkaTakesIt() throws {
        let topics = try #require(JobTopics(prefix: "acme.eu"))
        #expect(topics.name(of: .low) == "acme.eu.jobs.low")
        #expect(topics.deadLetters == "acme.eu.dead-letters")
        for prefix in ["", "a b", "ä", "a/b", String(repeating: "x", count: 201)] {
            #expect(JobTopics(prefix: prefix) == nil, "\(prefix)")
        }
    }
}
