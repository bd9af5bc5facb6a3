import Foundation

/// A job as `POST /jobs` takes it.
struct Submission: Encodable, Sendable {
    struct Retry: Encodable, Sendable {
        var strategy = "fixed"
        var base = 0.2
        var jitter = false
    }

    var type = LedgerHandler.type
    var queue: String
    var priority: String
    var payload: LedgerHandler.Payload
    var delay: Double?
    var max_attempts: Int
    var retry = Retry()

    /// A job of a kind.
    init(_ kind: JobKind, mark: String, using generator: inout some RandomNumberGenerator) {
        queue = ["one", "two", "three"].randomElement(using: &generator) ?? "one"
        priority = ["critical", "high", "normal", "normal", "low"].randomElement(using: &generator) ?? "normal"
        payload = LedgerHandler.Payload(milliseconds: .random(in: 0...60, using: &generator), mark: mark)
        // Enough that jobs which are hit again and again still come through.
        max_attempts = 12
        switch kind {
        case .immediate, .repeated: break
        case .delayed: delay = .random(in: 0.3...6, using: &generator)
        case .failing: payload.failures = .random(in: 1...2, using: &generator)
        case .doomed: (payload.failures, max_attempts) = (100, 2)
        case .long: payload.milliseconds = .random(in: 1_000...5_000, using: &generator)
        case .cancelled: payload.milliseconds = .random(in: 0...3_000, using: &generator)
        }
    }
}

/// A job that was answered with 200 or 201: from then on it must not be lost.
struct AcceptedJob: Hashable, Sendable {
    var id: String
    var kind: JobKind
    var mark: String
    /// When the answer came.
    var answered: Date
    /// The ids of all answers to the key's repeats.
    var ids: Set<String>
}
