import Formats

/// How a run ended, as its worker reports it.
public struct RunOutcome: Sendable {
    /// What became of the run.
    public enum Kind: Sendable {
        /// The handler returned; its result as JSON text, if it has one.
        case success(result: [UInt8]?)
        /// The handler failed.
        case failure(RunFailure)
        /// The run is given back and does not count; with a delay it is to run again only after so long.
        case release(delay: Duration?)
        /// The run was stopped, as its job was cancelled.
        case cancelled
    }

    /// Of which job.
    public var job: JobID
    /// Which run, held by whom.
    public var fence: RunFence
    /// What became of it.
    public var kind: Kind

    /// An outcome of a run.
    public init(job: JobID, fence: RunFence, kind: Kind) {
        self.job = job
        self.fence = fence
        self.kind = kind
    }
}

/// What went wrong in a run.
public struct RunFailure: Hashable, Sendable {
    /// The largest error text that is kept, in bytes.
    public static let maxErrorBytes = 16 << 10
    /// The longest kind that is kept, in bytes.
    public static let maxKindBytes = 100

    /// What kind of failure, in one word: `error` or `timeout`; a lost run is put down as `lost`.
    public var kind: String
    /// What happened, for a person.
    public var error: String
    /// Whether another attempt is pointless.
    public var isFinal: Bool
    /// The delay before the next attempt, if the job has one.
    public var retryAfter: Duration

    /// A failure of a run.
    public init(kind: String, error: String, isFinal: Bool = false, retryAfter: Duration = .zero) {
        self.kind = kind
        self.error = error
        self.isFinal = isFinal
        self.retryAfter = retryAfter
    }
}

extension String {
    /// The text without NUL, which PostgreSQL cannot keep, and cut to so many bytes.
    package func storable(maxBytes: Int) -> String {
        let text = utf8.contains(0) ? replacing("\0", with: "") : self
        guard text.utf8.count > maxBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: maxBytes - "…".utf8.count)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + "…"
    }
}

/// What a handler returns: JSON text that is kept with the job.
public enum RunResult {
    /// The largest result that is kept, in bytes.
    public static let maxBytes = 1 << 20

    /// Checks that a result can be kept.
    ///
    /// - Throws: ``UnusableResult``.
    public static func check(_ json: [UInt8]) throws(UnusableResult) {
        guard json.count <= maxBytes else {
            throw UnusableResult(description: "the result has \(json.count) bytes; at most \(maxBytes) are kept")
        }
        do {
            _ = try JSONValueSlice(parsing: json)
        } catch {
            throw UnusableResult(description: "the result is no JSON: \(error)")
        }
    }
}

/// A result that cannot be kept, and why.
public struct UnusableResult: Error, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String
}
