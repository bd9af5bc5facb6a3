import Foundation
import JobCore

/// The body of `POST /jobs`: reads it, checks it, and makes a job of it.
struct NewJobRequest {
    private static let known = [
        "type", "queue", "queue_name", "payload", "priority", "execute_at", "delay", "max_attempts", "retry", "timeout",
        "tags",
    ]
    private static let year: TimeInterval = 365.25 * 86_400
    /// How far ahead a job may be planned.
    private static let horizon = 10 * year
    private static let maxDelay: Double = 365 * 86_400

    /// The job.
    let job: NewJob

    /// Makes a job.
    ///
    /// - Parameters:
    ///   - body: What was sent.
    ///   - tenant: Whose job it will be.
    ///   - trace: The W3C traceparent of the request.
    ///   - now: The present time.
    /// - Throws: ``Problem`` that names every member that is wrong, or the payload that is too large.
    init(_ body: JSONObjectSlice, tenant: TenantName, trace: String?, now: Date) throws(Problem) {
        // Not asked of the reader, for which null is the same as nothing: here it is a payload.
        let payload = body["payload"].map { [UInt8]($0.rawBytes) } ?? Array("{}".utf8)
        guard payload.count <= NewJob.maxPayloadBytes else {
            throw .memberTooLarge("payload", bytes: payload.count, limit: NewJob.maxPayloadBytes)
        }
        var reader = MemberReader(body, known: Self.known)
        let (type, queue) = Self.typeAndQueue(&reader)
        let priority = reader.choice("priority", of: Priority.self)
        let runAt = Self.runAt(&reader, now: now)
        let maxAttempts = reader.integer("max_attempts", in: 1...100)
        let retry = Self.retry(&reader)
        let timeout = reader.number("timeout", in: 0.001...86_400, expected: "a number of seconds from 0.001 to 86400")
        let tags = Self.tags(&reader)
        try reader.errors.check()
        job = NewJob(
            tenant: tenant,
            queue: queue,
            type: type,
            priority: priority ?? .normal,
            payload: payload,
            runAt: runAt,
            maxAttempts: maxAttempts ?? RetryPolicy.defaultMaxAttempts,
            retry: retry,
            timeout: timeout.map { .milliseconds(Int64(($0 * 1_000).rounded())) },
            tags: tags,
            trace: trace
        )
    }

    /// Where nothing valid was given, what is returned is as good as any: the reader has noted an error.
    private static func typeAndQueue(_ reader: inout MemberReader) -> (JobType, QueueName) {
        let names = ["queue", "queue_name"].filter { reader.value($0) != nil }
        let queues = names.compactMap { reader.name($0, as: QueueName.self) }
        if queues.count == 2, queues[0] != queues[1] {
            for name in names { reader.refuse(name, "'queue' and 'queue_name' mean the same and must not differ") }
        }
        if names.isEmpty, reader.value("type") == nil {
            reader.refuse("type", "must be given, or else 'queue'")
        }
        let queue = queues.first ?? .default
        return (reader.name("type", as: JobType.self) ?? JobType(validated: queue.rawValue), queue)
    }

    /// When the job is due; nil for now.
    private static func runAt(_ reader: inout MemberReader, now: Date) -> Date? {
        let delay = reader.number(
            "delay",
            in: 0...maxDelay,
            expected: "a number of seconds from 0 to \(Int(maxDelay)), which is a year"
        )
        let executeAt = reader.string("execute_at").flatMap { text in
            let date = RFC3339.date(text)
            if date == nil {
                reader.refuse("execute_at", "must be an RFC 3339 time with an offset, such as 2030-01-31T09:00:00Z")
            } else if let date, date.timeIntervalSince(now) > horizon {
                reader.refuse("execute_at", "must be within the next ten years")
            }
            return date
        }
        if reader.value("execute_at") != nil, reader.value("delay") != nil {
            reader.refuse("execute_at", "cannot be combined with 'delay'")
            reader.refuse("delay", "cannot be combined with 'execute_at'")
        }
        let due =
            executeAt ?? delay.map { Date(microsecondsSince1970: now.addingTimeInterval($0).microsecondsSince1970) }
        return due.flatMap { $0 > now ? $0 : nil }
    }

    private static func retry(_ reader: inout MemberReader) -> RetryPolicy? {
        reader.object("retry", known: ["strategy", "base", "factor", "max_delay", "jitter"]) { retry in
            let seconds = "a number of seconds from 0 to \(Int(maxDelay)), which is a year"
            let usual = RetryPolicy.default
            return RetryPolicy(
                strategy: retry.choice("strategy", of: RetryPolicy.Strategy.self) ?? usual.strategy,
                base: retry.number("base", in: 0...maxDelay, expected: seconds) ?? usual.base,
                factor: retry.number("factor", in: 1...1_000, expected: "a number from 1 to 1000") ?? usual.factor,
                maxDelay: retry.number("max_delay", in: 0...maxDelay, expected: seconds) ?? usual.maxDelay,
                jitter: retry.bool("jitter") ?? usual.jitter
            )
        }
    }

    private static func tags(_ reader: inout MemberReader) -> [String] {
        guard let value = reader.value("tags") else { return [] }
        guard let elements = value.array, elements.count <= TagRule.maxCount else {
            reader.refuse("tags", "must be an array of at most \(TagRule.maxCount) strings")
            return []
        }
        var tags: [String] = []
        for (index, element) in elements.enumerated() {
            if let tag = element.string, TagRule.allows(tag) {
                tags.append(tag)
            } else {
                reader.refuse("tags[\(index)]", "must be \(TagRule.expected)")
            }
        }
        return tags
    }
}
