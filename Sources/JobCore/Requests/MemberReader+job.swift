import Formats
package import Foundation

/// What the bodies that describe a job have in common.
extension MemberReader {
    /// The type and the queue, each of which stands in for the other. Where nothing valid was given, what is returned is as
    /// good as any: an error has been noted.
    package mutating func typeAndQueue() -> (JobType, QueueName) {
        let names = ["queue", "queue_name"].filter { value($0) != nil }
        var queues: [QueueName] = []
        for name in names {
            if let queue = self.name(name, as: QueueName.self) { queues.append(queue) }
        }
        if queues.count == 2, queues[0] != queues[1] {
            for name in names { refuse(name, "'queue' and 'queue_name' mean the same and must not differ") }
        }
        if names.isEmpty, value("type") == nil {
            refuse("type", "must be given, or else 'queue'")
        }
        let queue = queues.first ?? .default
        return (name("type", as: JobType.self) ?? JobType(validated: queue.rawValue), queue)
    }

    /// How urgent the job is.
    package mutating func priority() -> Priority {
        choice("priority", of: Priority.self) ?? .normal
    }

    /// When the job is due; nil when it is not given.
    package mutating func executeAt(now: Date) -> Date? {
        let date = time("execute_at")
        // Ten years, a job may be planned ahead.
        if let date, date.timeIntervalSince(now) > 10 * 365.25 * 86_400 {
            refuse("execute_at", "must be within the next ten years")
        }
        return date
    }

    /// How many attempts the job has.
    package mutating func maxAttempts() -> Int {
        integer("max_attempts", in: 1...100) ?? RetryPolicy.defaultMaxAttempts
    }

    /// How long one attempt may take; nil when it is not given.
    package mutating func timeout() -> Duration? {
        number("timeout", in: 0.001...86_400, expected: "a number of seconds from 0.001 to 86400")
            .map { .milliseconds(Int64(($0 * 1_000).rounded())) }
    }

    /// The job's own retry policy; nil when it is not given.
    package mutating func retryPolicy() -> RetryPolicy? {
        object("retry", known: ["strategy", "base", "factor", "max_delay", "jitter"]) { retry in
            let longest = Int(RetryPolicy.delays.upperBound)
            let seconds = "a number of seconds from 0 to \(longest), which is a year"
            let usual = RetryPolicy.default
            return RetryPolicy(
                strategy: retry.choice("strategy", of: RetryPolicy.Strategy.self) ?? usual.strategy,
                base: retry.number("base", in: RetryPolicy.delays, expected: seconds) ?? usual.base,
                factor: retry.number("factor", in: RetryPolicy.factors, expected: "a number from 1 to 1000")
                    ?? usual.factor,
                maxDelay: retry.number("max_delay", in: RetryPolicy.delays, expected: seconds) ?? usual.maxDelay,
                jitter: retry.bool("jitter") ?? usual.jitter
            )
        }
    }

    /// The job's tags.
    package mutating func tags() -> [String] {
        guard let value = value("tags") else { return [] }
        guard let elements = value.array, elements.count <= TagRule.maxCount else {
            refuse("tags", "must be an array of at most \(TagRule.maxCount) strings, got \(value.brief)")
            return []
        }
        var tags: [String] = []
        for (index, element) in elements.enumerated() {
            if let tag = element.string, TagRule.allows(tag) {
                tags.append(tag)
            } else {
                refuse("tags[\(index)]", "must be \(TagRule.expected)")
            }
        }
        return tags
    }
}

/// What a tag may be.
package enum TagRule {
    /// The most tags of a job.
    package static let maxCount = 20
    /// The most characters of a tag, as Unicode scalars.
    package static let maxLength = 100
    /// The rule in words.
    package static let expected = "a string of 1 to \(maxLength) characters without control characters"

    /// Whether the text may be a tag.
    package static func allows(_ tag: String) -> Bool {
        (1...maxLength).contains(tag.unicodeScalars.count)
            && tag.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
