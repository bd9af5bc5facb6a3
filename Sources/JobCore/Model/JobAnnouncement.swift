import Formats
public import Foundation
import SwiftProtobuf

/// What is to be published about a job that was queued: it may start its next run.
public struct JobAnnouncement: Sendable {
    /// The job.
    public var id: JobID
    /// The run that may start.
    public var run: Int
    /// Where it waits.
    public var backlog: Backlog
    /// The trace of the submission: its W3C traceparent, and after a blank its tracestate if it has one.
    public var trace: String?
    /// When the job became queued, by the database's clock.
    public var queuedAt: Date

    /// The announcement of a job that was just stored.
    public init(_ job: NewJob, queuedAt: Date) {
        id = job.id
        run = 1
        backlog = job.backlog
        trace = job.trace
        self.queuedAt = queuedAt
    }

    /// The announcement of a run.
    package init(id: JobID, run: Int, backlog: Backlog, trace: String?, queuedAt: Date) {
        (self.id, self.run, self.backlog, self.trace, self.queuedAt) = (id, run, backlog, trace, queuedAt)
    }

    /// The record's value.
    ///
    /// - Parameters:
    ///   - hasMore: Whether more jobs of the backlog were queued than have a record.
    ///   - isBulk: Whether it was queued together with many others.
    package func record(hasMore: Bool = false, isBulk: Bool = false) -> JobRecord {
        var record = JobRecord()
        record.id = id.bytes
        record.run = UInt32(clamping: run)
        record.tenant = backlog.tenant.rawValue
        record.queue = backlog.queue.rawValue
        record.type = backlog.type.rawValue
        record.queuedAt = queuedAt.microsecondsSince1970
        if let trace { record.trace = trace }
        record.hasMore_p = hasMore
        record.isBulk = isBulk
        return record
    }
}
