public import Foundation
import Postgres
import SwiftProtobuf

/// What is to be published about a job that was queued: it may start its next run.
public struct JobAnnouncement: Sendable {
    /// The largest payload, in bytes, that travels in the record. Larger ones come with the claim.
    public static let maxInlinePayloadBytes = 64 << 10

    /// The job.
    public var id: JobID
    /// The run that may start.
    public var run: Int
    /// Where the record goes.
    public var topic: Topic
    /// Which handler is meant.
    public var type: String
    /// The payload's JSON text, unless it is too large to travel.
    public var payload: [UInt8]?
    /// The W3C traceparent of the submission.
    public var trace: String?
    /// When the job became queued, by the database's clock.
    public var queuedAt: Date

    /// The announcement of a job that was just stored.
    public init(_ job: NewJob, queuedAt: Date) {
        id = job.id
        run = 1
        topic = job.topic
        type = job.type.rawValue
        payload = job.payload.count <= Self.maxInlinePayloadBytes ? job.payload : nil
        trace = job.trace
        self.queuedAt = queuedAt
    }

    /// Reads a row of a statement that queues jobs.
    init(row: PostgresRow) throws {
        id = JobID(try row.decode("id", as: UUID.self))
        run = Int(try row.decode("next_run", as: Int32.self))
        topic = Topic(
            tenant: TenantName(validated: try row.decode("tenant", as: String.self)),
            queue: QueueName(validated: try row.decode("queue", as: String.self)),
            priority: try row.decode("priority", as: Priority.self)
        )
        type = try row.decode("type", as: String.self)
        payload = try row.decode("payload", as: PostgresJSON?.self)?.bytes
        trace = try row.decode("trace", as: String?.self)
        queuedAt = try row.decode("queued_at", as: Date.self)
    }

    /// The record's value.
    package var record: JobRecord {
        var record = JobRecord()
        record.id = id.bytes
        record.run = UInt32(run)
        record.queue = topic.queue.rawValue
        record.type = type
        record.tenant = topic.tenant.rawValue
        record.queuedAt = queuedAt.microsecondsSince1970
        if let payload { record.payload = Data(payload) }
        if let trace { record.trace = trace }
        return record
    }
}
