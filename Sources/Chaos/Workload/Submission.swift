import Foundation
import JobCore

/// A job as `POST /jobs` takes it.
struct Submission: Encodable, Sendable {
    struct Retry: Encodable, Sendable {
        var strategy = "fixed"
        var base = 0.2
        var jitter = false
    }

    /// The longest delay of a job, in seconds.
    static let longestDelay = 6.0
    /// How long a job runs at most, in milliseconds.
    static let longestRun = 12_000
    /// What a payload has besides its padding, at most.
    private static let unpadded = 512

    var type = LedgerHandler.work
    var queue: String
    var priority: String
    var payload: LedgerHandler.Payload
    var delay: Double?
    var max_attempts: Int
    var retry = Retry()

    /// A job of a kind.
    init(
        _ kind: JobKind,
        mark: String,
        queue: ChaosQueue,
        using generator: inout some RandomNumberGenerator
    ) {
        self.queue = queue.name
        priority = ["critical", "high", "normal", "normal", "low"].randomElement(using: &generator) ?? "normal"
        payload = LedgerHandler.Payload(milliseconds: .random(in: 0...60, using: &generator), mark: mark)
        // Enough that jobs which are hit again and again still come through.
        max_attempts = 12
        switch kind {
        case .immediate, .repeated: break
        case .delayed: delay = .random(in: 0.3...Self.longestDelay, using: &generator)
        case .failing: payload.failures = .random(in: 1...2, using: &generator)
        case .doomed: (payload.failures, max_attempts) = (100, 2)
        case .long: payload.milliseconds = .random(in: 1_000...5_000, using: &generator)
        case .cancelled: payload.milliseconds = .random(in: 0...3_000, using: &generator)
        case .special: type = LedgerHandler.special
        case .blocking:
            type = LedgerHandler.blocking
            payload.milliseconds = .random(in: 500...Self.longestRun, using: &generator)
        case .large:
            payload.padding = String(repeating: "p", count: NewJob.maxPayloadBytes - Self.unpadded)
            payload.resultBytes = RunResult.maxBytes
        case .wordy:
            payload.failures = .random(in: 1...2, using: &generator)
            payload.errorBytes = .random(in: 15_000...20_000, using: &generator)
        case .garbled: (payload.isGarbled, max_attempts) = (true, 2)
        case .bulk: payload.milliseconds = 0
        }
    }
}

/// A job that was answered with 200 or 201: from then on it must not be lost.
struct AcceptedJob: Hashable, Sendable {
    var id: String
    var kind: JobKind
    var mark: String
    var tenant = ChaosQueue.Tenant.default
    /// Whether it was submitted by itself, under an idempotency key, and not in a batch.
    var hasKey = true
    /// When the answer came.
    var answered: Date
    /// The ids of all answers to the key's repeats.
    var ids: Set<String>
}
