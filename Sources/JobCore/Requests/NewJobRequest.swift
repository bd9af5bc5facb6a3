package import Formats
package import Foundation

/// The body of `POST /jobs`: reads it, checks it, and makes a job of it.
package struct NewJobRequest {
    private static let known = [
        "type", "queue", "queue_name", "payload", "priority", "execute_at", "delay", "max_attempts", "retry", "timeout",
        "tags",
    ]
    private static let maxDelay: Double = 365 * 86_400

    /// The job.
    package let job: NewJob

    /// Makes a job.
    ///
    /// - Parameters:
    ///   - body: What was sent.
    ///   - tenant: Whose job it will be.
    ///   - trace: What the jobs carry of the trace that they belong to; nil for none.
    ///   - now: The present time.
    /// - Throws: ``JobProblem`` that names every member that is wrong, or the payload that is too large.
    package init(_ body: JSONObjectSlice, tenant: TenantName, trace: String?, now: Date) throws(JobProblem) {
        // Not asked of the reader, for which null is the same as nothing: here it is a payload.
        let payload = body["payload"].map { [UInt8]($0.rawBytes) } ?? Array("{}".utf8)
        guard payload.count <= NewJob.maxPayloadBytes else {
            throw .memberTooLarge("payload", bytes: payload.count, limit: NewJob.maxPayloadBytes)
        }
        var reader = MemberReader(body, known: Self.known)
        let (type, queue) = reader.typeAndQueue()
        let priority = reader.priority()
        let runAt = Self.runAt(&reader, now: now)
        let maxAttempts = reader.maxAttempts()
        let retry = reader.retryPolicy()
        let timeout = reader.timeout()
        let tags = reader.tags()
        if let problem = reader.errors.problem { throw problem }
        job = NewJob(
            tenant: tenant,
            queue: queue,
            type: type,
            priority: priority,
            payload: payload,
            runAt: runAt,
            maxAttempts: maxAttempts,
            retry: retry,
            timeout: timeout,
            tags: tags,
            trace: trace
        )
    }

    /// When the job is due; nil for now.
    private static func runAt(_ reader: inout MemberReader, now: Date) -> Date? {
        let delay = reader.number(
            "delay",
            in: 0...maxDelay,
            expected: "a number of seconds from 0 to \(Int(maxDelay)), which is a year"
        )
        let executeAt = reader.executeAt(now: now)
        if reader.value("execute_at") != nil, reader.value("delay") != nil {
            reader.refuse("execute_at", "cannot be combined with 'delay'")
            reader.refuse("delay", "cannot be combined with 'execute_at'")
        }
        let due =
            executeAt ?? delay.map { Date(microsecondsSince1970: now.addingTimeInterval($0).microsecondsSince1970) }
        return due.flatMap { $0 > now ? $0 : nil }
    }
}
