import Formats

/// A job that was submitted, and what it will result in.
public struct JobHandle<Output: Codable & Sendable>: Sendable, Identifiable {
    /// The job's id.
    public let id: String
    /// Whether the same request had been taken before, under the same idempotency key: this is its job.
    public let isRepeat: Bool
    /// Whose job it is.
    public let client: QueueFlowClient

    /// The job as it is now.
    public func job() async throws -> JobRecord {
        try await client.job(id)
    }

    /// The job once it has ended, however it did.
    ///
    /// - Throws: ``JobOutcomeError`` when it has not within the time; ``QueueFlowError``.
    public func ended(within time: Duration = .seconds(60)) async throws -> JobRecord {
        try await client.wait(for: id, within: time)
    }

    /// What the job results in, once it has ended well.
    ///
    /// - Parameter time: How long to wait for that.
    /// - Throws: ``JobOutcomeError`` when it died, was cancelled, has not ended within the time, or its result is no `Output`;
    ///   ``QueueFlowError``.
    public func output(within time: Duration = .seconds(60)) async throws -> Output {
        let job = try await ended(within: time)
        switch job.state {
        case .completed: break
        case .cancelled: throw JobOutcomeError(.cancelled, id, job)
        default: throw JobOutcomeError(.died, id, job)
        }
        do {
            return try job.result(as: Output.self)
        } catch {
            throw JobOutcomeError(.unreadableOutput, id, job, cause: error)
        }
    }

    /// Cancels the job; see ``QueueFlowClient/cancel(_:)``.
    @discardableResult
    public func cancel() async throws -> JobRecord {
        try await client.cancel(id)
    }

    /// Has the job run now; see ``QueueFlowClient/retry(_:)``.
    @discardableResult
    public func retry() async throws -> JobRecord {
        try await client.retry(id)
    }
}

/// Why a job has no output.
public struct JobOutcomeError: Error, Sendable, CustomStringConvertible {
    /// What became of the job. There may be more of it one day.
    public struct Kind: Hashable, Sendable {
        private let name: String

        /// Its attempts failed, or it was discarded.
        public static let died = Kind(name: "died")
        /// It was cancelled.
        public static let cancelled = Kind(name: "cancelled")
        /// It had not ended when the time was up. It goes on.
        public static let notEnded = Kind(name: "notEnded")
        /// It ended well, with something that is no value of the type that was expected.
        public static let unreadableOutput = Kind(name: "unreadableOutput")
    }

    /// What became of the job.
    public let kind: Kind
    /// The job's id.
    public let id: String
    /// The job as it was then; nil when it was not seen within the time.
    public let job: JobRecord?
    /// Why the output cannot be read.
    public let cause: (any Error)?

    init(_ kind: Kind, _ id: String, _ job: JobRecord?, cause: (any Error)? = nil) {
        self.kind = kind
        self.id = id
        self.job = job
        self.cause = cause
    }

    /// Says which job it is and what became of it.
    public var description: String {
        let name = job.map { "job \(id) of type '\($0.type)'" } ?? "job \(id)"
        switch kind {
        case .cancelled: return "\(name) was cancelled"
        case .notEnded:
            let isUnhandled = job?.isUnhandled == true ? ", as no worker has a handler for it" : ""
            return "\(name) has not ended in time; it is \(job?.state.rawValue ?? "not seen yet")\(isUnhandled)"
        case .unreadableOutput:
            let reason = cause.map { explanation(of: $0, decoding: job?.result) } ?? ""
            return "\(name) ended well, but its result is not what was expected: \(reason)"
        default:
            let attempts = job.map { " after \($0.attempt) of \($0.maxAttempts) attempts" } ?? ""
            return "\(name) died\(attempts) (\(job?.reason ?? "unknown")): \(job?.error ?? "no error was told")"
        }
    }
}
