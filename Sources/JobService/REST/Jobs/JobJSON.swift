import Concurrency
import Formats
import Foundation
import JobCore
import JobStore
import Telemetry

/// A job as clients see it.
struct JobJSON {
    private var id: JobID
    private var state: JobState
    private var type: String
    private var queue: String
    private var tenant: String
    private var priority: Priority
    private var payload: [UInt8]
    private var attempt = 0
    private var maxAttempts: Int
    private var run = 0
    private var tags: [String]
    private var createdAt: Date
    private var executeAt: Date?
    private var queuedAt: Date?
    private var startedAt: Date?
    private var finishedAt: Date?
    private var worker: WorkerID?
    private var error: String?
    private var result: [UInt8]?
    private var reason: String?
    private var cancelRequestedAt: Date?
    private var retry: [UInt8]?
    private var timeoutMilliseconds: Int64?
    private var progress: JobProgress?
    private var parent: JobID?
    private var trace: String?
    /// Whether it waits as no worker has a handler for it; nil when that was not looked for, or it does not wait.
    var isUnhandled: Bool?

    /// A job as it is on record.
    init(_ job: Job) {
        id = job.id
        state = job.state
        type = job.type
        queue = job.queue
        tenant = job.tenant
        priority = job.priority
        payload = job.payload
        attempt = job.attempt
        maxAttempts = job.maxAttempts
        run = job.run
        tags = job.tags
        createdAt = job.createdAt
        executeAt = job.runAt
        queuedAt = job.queuedAt
        startedAt = job.startedAt
        finishedAt = job.finishedAt
        worker = job.worker
        error = job.error
        result = job.result
        reason = job.reason
        cancelRequestedAt = job.cancelRequestedAt
        retry = job.retry
        timeoutMilliseconds = job.timeoutMilliseconds
        progress = job.progress
        parent = job.parent
        trace = job.trace
    }

    /// A job that was just stored.
    package init(_ job: NewJob, storedAt: Date) {
        let isDue = job.isDue(at: storedAt)
        id = job.id
        state = isDue ? .queued : .scheduled
        type = job.type.rawValue
        queue = job.queue.rawValue
        tenant = job.tenant.rawValue
        priority = job.priority
        payload = job.payload
        maxAttempts = job.maxAttempts
        tags = job.tags
        createdAt = storedAt
        executeAt = isDue ? nil : job.runAt
        queuedAt = isDue ? storedAt : nil
        retry = job.retry.map(Self.json)
        timeoutMilliseconds = job.timeout?.millisecondsTruncated
        trace = job.trace
    }

    /// How many bytes it will have, about.
    var sizeHint: Int {
        1_024 + payload.count + (result?.count ?? 0)
    }

    /// Writes the job as a JSON object. Payload and result are spliced in as they are.
    ///
    /// - Parameter limit: Of a payload or result that has more bytes, so many are written as a string, and how many there are.
    func write(to writer: inout JSONWriter, _ fields: JobFields = .all, truncatedAfter limit: Int? = nil) {
        writer.object { job in
            for field in fields.listed {
                if let limit, let bytes = contents(field), bytes.count > limit {
                    job.member("\(field.rawValue)_head", Self.head(of: bytes, limit))
                    job.member("\(field.rawValue)_bytes", bytes.count)
                } else {
                    write(field, to: &job)
                }
            }
        }
    }

    private func contents(_ field: JobField) -> [UInt8]? {
        switch field {
        case .payload: payload
        case .result: result
        default: nil
        }
    }

    /// The first bytes of a text, without half a character at the end.
    private static func head(of bytes: [UInt8], _ limit: Int) -> String {
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private func write(_ field: JobField, to job: inout JSONWriter) {
        let name = field.rawValue
        switch field {
        case .id: job.member(name, id.description)
        case .state, .status: job.member(name, state.rawValue)
        case .type: job.member(name, type)
        case .queue: job.member(name, queue)
        case .tenant: job.member(name, tenant)
        case .priority: job.member(name, priority.rawValue)
        case .payload: job.member(name, raw: payload)
        case .attempt: job.member(name, attempt)
        case .maxAttempts: job.member(name, maxAttempts)
        case .run: job.member(name, run)
        case .tags: job.member(name, tags)
        case .createdAt: job.member(name, RFC3339.string(createdAt))
        case .executeAt: job.member(name, orNull: executeAt.map(RFC3339.string))
        case .queuedAt: job.member(name, orNull: queuedAt.map(RFC3339.string))
        case .startedAt: job.member(name, orNull: startedAt.map(RFC3339.string))
        case .finishedAt: job.member(name, orNull: finishedAt.map(RFC3339.string))
        case .workerID: job.member(name, orNull: worker?.description)
        case .error: job.member(name, orNull: error)
        case .result: job.member(name, rawOrNull: result)
        case .reason: job.member(name, orNull: reason)
        case .cancelRequestedAt: job.member(name, orNull: cancelRequestedAt.map(RFC3339.string))
        case .retry: job.member(name, rawOrNull: retry)
        case .timeout: job.member(name, secondsOrNull: timeoutMilliseconds.map { .milliseconds($0) })
        case .progress: job.member(name, progress)
        case .parentID: job.member(name, orNull: parent?.description)
        case .traceID: job.member(name, orNull: trace.flatMap(TraceContext.traceID(stored:)).map(String.init))
        case .unhandled:
            if let isUnhandled { job.member(name, isUnhandled) } else { job.member(name, rawOrNull: nil) }
        }
    }

    private static func json(of policy: RetryPolicy) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128)
        writer.retryPolicy(policy)
        return writer.bytes
    }
}

extension JSONWriter {
    /// Writes how far a job's handler said that it is; `null` when it said nothing.
    mutating func member(_ name: String, _ progress: JobProgress?) {
        self.name(name)
        guard let progress else { return null() }
        object {
            $0.member("fraction", progress.fraction)
            $0.member("message", progress.message)
            $0.member("run", progress.run)
            $0.member("at", RFC3339.string(progress.at))
        }
    }

    fileprivate mutating func member(_ name: String, rawOrNull value: [UInt8]?) {
        self.name(name)
        if let value { raw(value) } else { null() }
    }
}
