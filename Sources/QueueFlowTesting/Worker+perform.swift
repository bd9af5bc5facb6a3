import Formats
public import Foundation
import JobCore
public import Logging
@_exported public import QueueFlowWorker
import Synchronization

/// The attempt at a job that a test has a worker make.
public struct TestAttempt: Sendable {
    /// The job's id.
    public var id = UUID()
    /// Which run of the job it is.
    public var run = 1
    /// Which attempt it is, counted from 1.
    public var attempt = 1
    /// How many attempts the job has; nil means as many as its kind says, or 5.
    public var maxAttempts: Int?
    /// Whose the job is.
    public var tenant = "default"
    /// The queue it came through; nil means the one that its kind names, or `default`.
    public var queue: String?
    /// How urgent it is; nil means what its kind says, or normal.
    public var priority: JobPriority?
    /// How long it may take; nil means what its kind or its handler says.
    public var timeout: Duration?
    /// How long it waits for the next attempt; nil means what its kind or its handler says.
    public var backoff: JobBackoff?
    /// The W3C traceparent of the submission.
    public var trace: String?
    /// What its submitter calls it.
    public var tags: [String] = []
    /// When it was submitted.
    public var createdAt = Date()
    /// When it was queued.
    public var queuedAt = Date()
    /// What is kept of what its handler says. The attempt is given the checkpoint that is there.
    public var notes = TestNotes()
    /// When the run is told to stop, and why; nil lets it go on.
    public var stop: (after: Duration, reason: CancellationReason)?

    /// The first attempt of five at a job of the tenant `default`.
    public init() {}

    /// An attempt that differs from the first one as `change` says.
    public init(_ change: (inout TestAttempt) -> Void) {
        self.init()
        change(&self)
    }

    fileprivate func granted(_ type: String, _ payload: Data, _ defaults: JobOptions) -> GrantedJob {
        GrantedJob(
            key: RunKey(job: JobID(id), run: run),
            backlog: Backlog(
                tenant: TenantName(validated: tenant),
                queue: QueueName(validated: queue ?? defaults.queue ?? QueueName.default.rawValue),
                priority: Priority(rawValue: (priority ?? defaults.priority ?? .normal).rawValue) ?? .normal,
                type: JobType(validated: type)
            ),
            attempt: attempt,
            maxAttempts: maxAttempts ?? defaults.maxAttempts ?? RetryPolicy.defaultMaxAttempts,
            timeout: timeout ?? defaults.timeout,
            payload: payload,
            trace: trace,
            retry: (backoff ?? defaults.backoff).map(RetryPolicy.init),
            batch: 0,
            createdAt: createdAt.microsecondsSince1970,
            queuedAt: queuedAt.microsecondsSince1970,
            tags: tags,
            checkpoint: notes.checkpoint
        )
    }
}

/// What is kept with a job of what its handlers say. Given to one attempt after another, it hands on the checkpoint.
public final class TestNotes: Sendable {
    private let kept = KeptNotes()
    private let children = Mutex<[(id: String, job: ChildJob)]>([])

    /// Nothing was said.
    public init() {}

    var checkpoint: [UInt8]? { kept.checkpoint }

    /// How far the job is, and at what; nil when nothing was said of it.
    public var progress: (fraction: Double, message: String)? {
        kept.progress.map { ($0.fraction, $0.message) }
    }

    /// The lines that were logged with the job.
    public var lines: [String] { kept.lines.map(\.message) }

    /// The checkpoint that the next attempt is given; nil when there is none.
    ///
    /// - Throws: `DecodingError` when it is no such value.
    public func checkpoint<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value? {
        guard let json = checkpoint, json != RunNote.noCheckpoint else { return nil }
        return try JobCoding.decode(type, from: Data(json))
    }

    /// The jobs that were submitted, each once under its key: their types and payloads.
    public var submitted: [(type: String, payload: Data)] {
        children.withLock { $0.map { ($0.job.type, $0.job.payload) } }
    }

    @Sendable func submit(_ parent: RunKey, _ jobs: [ChildJob]) async throws -> [String] {
        children.withLock { children in
            jobs.map { job in
                if let known = children.first(where: { $0.job.key == job.key }) { return known.id }
                children.append((JobID.make().description, job))
                return children[children.count - 1].id
            }
        }
    }

    @Sendable func keep(_ note: RunNote) {
        kept.keep(note, at: Date())
    }
}

extension Worker {
    /// A worker for tests, which registers its handlers as the real one does and then performs jobs one at a time:
    ///
    ///     var worker = Worker.forTesting()
    ///     Mailer.register(&worker)
    ///     #expect(try await worker.perform(SendEmail(to: "ada@example.com")) == .completed(Receipt(id: 1)))
    ///
    /// - Parameter logger: Where handlers log; nowhere unless given.
    public static func forTesting(
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) -> Worker {
        Worker(
            configuration: WorkerConfiguration(name: "test", controlAddresses: [], token: "", kafkaBrokers: ""),
            logger: logger
        )
    }

    /// Runs a job once, from its payload's JSON to its result's, with the handlers and the middleware of this worker.
    ///
    /// - Throws: ``NoHandler``; `EncodingError` for the job, and `DecodingError` for a result that is none of its kind.
    public func perform<Kind: Job>(
        _ job: Kind,
        _ attempt: TestAttempt = TestAttempt()
    ) async throws -> JobOutcome<Kind.Output> {
        let outcome = try await perform(Kind.type, try job.encodedPayload(), attempt, Kind.defaults)
        return try outcome.map { json in
            try JobCoding.decode(Kind.Output.self, from: json ?? Data("null".utf8))
        }
    }

    /// Runs a job once, with the handlers and the middleware of this worker.
    ///
    /// - Parameters:
    ///   - type: Its type.
    ///   - payload: Its payload, JSON.
    /// - Returns: Its outcome, with the result's JSON.
    /// - Throws: ``NoHandler``.
    public func perform(
        _ type: String,
        payload: Data = Data("null".utf8),
        _ attempt: TestAttempt = TestAttempt()
    ) async throws -> JobOutcome<Data?> {
        try await perform(type, payload, attempt, JobOptions())
    }

    private func perform(
        _ type: String,
        _ payload: Data,
        _ attempt: TestAttempt,
        _ defaults: JobOptions
    ) async throws -> JobOutcome<Data?> {
        guard types.contains(type) else { throw NoHandler(type: type, types: types) }
        let granted = attempt.granted(type, payload, defaults)
        return JobOutcome(
            await runOnce(granted, stop: attempt.stop, submit: attempt.notes.submit, keep: attempt.notes.keep),
            isLast: granted.attempt >= granted.maxAttempts
        )
    }
}

/// A worker was to perform a job of a type that it has no handler for.
public struct NoHandler: Error, CustomStringConvertible {
    /// The type.
    public let type: String
    /// The types that it has handlers for.
    public let types: [String]

    /// Says which there are.
    public var description: String {
        "the worker has no handler for '\(type)'; it has \(types.isEmpty ? "none" : types.joined(separator: ", "))"
    }
}

extension JobOutcome {
    fileprivate func map<Other>(_ transform: (Output) throws -> Other) rethrows -> JobOutcome<Other> {
        switch self {
        case .completed(let output): .completed(try transform(output))
        case .retried(let error, let delay): .retried(error: error, after: delay)
        case .failed(let error): .failed(error: error)
        case .discarded(let reason): .discarded(reason: reason)
        case .snoozed(let delay): .snoozed(for: delay)
        case .cancelled: .cancelled
        case .released: .released
        }
    }
}
