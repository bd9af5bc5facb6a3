import Foundation
import JobCore
import JobStore
import Kafka
import LocalServers
import Logging
import Postgres
import SwiftProtobuf
import Testing

extension EndToEndTests {
    @Test func aRunningJobIsStoppedSoonAfterItIsCalledOff() async throws {
        try await TestStack.run { stack in
            let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 700}"#)
            try await stack.wait(for: id, toBe: "running")
            let asked = ContinuousClock.now
            #expect(try await stack.request("POST", "/jobs/\(id)/cancel").status == 202)
            try await stack.wait(for: id, toBe: "cancelled")
            // A notification, not the next heartbeat, brings the word; a loaded machine may take its time.
            #expect(ContinuousClock.now - asked < .seconds(1))
            #expect(try await stack.figures().json["active_jobs"] as? Int == 0)
        }
    }

    /// A session that hears nothing of the notification, as its job-service was not there, is told with its next heartbeat.
    @Test func aCancellationOutlivesTheJobService() async throws {
        try await TestStack.run { stack in
            let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}}"#)
            try await stack.wait(for: id, toBe: "running")
            await stack.end(.jobService, with: SIGKILL)
            let pool = PostgresPool(configuration: try PostgresConfiguration(url: stack.postgres.url))
            let job = try #require(JobID(id))
            let cancellation = try await CancellationStore(pool: pool).cancel(job, of: nil)
            #expect(cancellation == .requested)
            await pool.close()
            try await stack.start(.jobService)
            try await stack.wait(for: id, toBe: "cancelled", within: .seconds(30))
        }
    }

    @Test func aJobThatTakesTooLongDiesOfItAndIsAnnounced() async throws {
        try await TestStack.run { stack in
            let id = try await stack.submit(
                #"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 0.2, "max_attempts": 1}"#
            )
            try await stack.wait(for: id, toBe: "dead")
            let letters = try await stack.request("GET", "/dead-letters").json["dead_letters"] as? [[String: Any]]
            #expect(letters?.map { $0["id"] as? String } == [id])
            #expect(letters?.first?["kind"] as? String == "timeout")
            #expect(try await stack.metric("queueflow_jobs_dead_total") == 1)
            let consumer = try KafkaConsumer(
                configuration: KafkaConsumerConfiguration(connection: stack.kafka, group: "test"),
                logger: Logger(label: "test")
            )
            try consumer.subscribe([JobTopics().deadLetters])
            var key: String?
            while key == nil {
                for case .record(let record) in try await consumer.nextEvents(max: 10) {
                    key = record.key.map { String(decoding: $0, as: UTF8.self) }
                    #expect(try DeadLetterRecord(serializedBytes: record.value).fingerprint.utf8.count == 16)
                }
            }
            #expect(key == id)
            await consumer.close()
        }
    }
}
