import Formats
public import Foundation
import JobCore
public import Logging
public import QueueFlowJobs
import Synchronization
import Tracing

/// The job a handler is called with.
public struct RunningJob: Sendable {
    /// The payload's JSON text, to the byte as it was submitted, unless a ``JobMiddleware`` gave it another one.
    public private(set) var payload: Data

    let granted: GrantedJob
    let handle: RunHandle
    private let workerLogger: Logger
    private let submit: SubmitChildren
    /// Codes what is kept with the job, and the payloads of children.
    private var codec: (any PayloadCodec)?

    init(_ granted: GrantedJob, _ handle: RunHandle, logger: Logger, submit: @escaping SubmitChildren) {
        self.submit = submit
        self.granted = granted
        self.handle = handle
        payload = granted.payload
        workerLogger = logger
    }

    /// Its id, the same in every attempt: what makes an effect idempotent.
    public var id: String { granted.key.job.description }
    /// Which run of the job this is. It only ever grows, so a store that keeps the highest one it has seen can refuse the late
    /// writes of a run that was taken from its worker (a fencing token).
    public var run: Int { granted.key.run }
    /// Which attempt this is, counted from 1.
    public var attempt: Int { granted.attempt }
    /// How many attempts the job has.
    public var maxAttempts: Int { granted.maxAttempts }
    /// Its type.
    public var type: String { granted.backlog.type.rawValue }
    /// Whose it is.
    public var tenant: String { granted.backlog.tenant.rawValue }
    /// The queue it came through.
    public var queue: String { granted.backlog.queue.rawValue }
    /// How urgent it is.
    public var priority: JobPriority { JobPriority(rawValue: granted.backlog.priority.rawValue) ?? .normal }
    /// What its submitter calls it.
    public var tags: [String] { granted.tags }
    /// When it was submitted, by the database's clock.
    public var createdAt: Date { Date(microsecondsSince1970: granted.createdAt) }
    /// When it became queued last, by the database's clock.
    public var queuedAt: Date { Date(microsecondsSince1970: granted.queuedAt) }
    /// When the attempt's time is up; nil when it has as long as it likes.
    public var deadline: ContinuousClock.Instant? { granted.deadline }
    /// The W3C traceparent of the submission.
    public var trace: String? { granted.trace.map { String($0.prefix { $0 != " " }) } }
    /// Why the run was told to stop; nil while it may go on. The handler's task is cancelled from then on.
    public var cancellation: CancellationReason? { handle.cancellation }

    /// Logs with the job's id, type and attempt. Made when it is asked for.
    public var logger: Logger {
        var logger = workerLogger
        logger[metadataKey: "job_id"] = "\(id)"
        logger[metadataKey: "type"] = "\(type)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        return logger
    }

    /// Says how far the job is: kept with it, shown by the API, and told to who listens to events. Of what is said in quick succession
    /// only the last counts, so it may be said as often as one likes.
    ///
    /// - Parameters:
    ///   - fraction: From 0 to 1.
    ///   - message: What it is at, for a person; the first 1 KiB are kept.
    public func progress(_ fraction: Double, _ message: String = "") {
        guard !fraction.isNaN else { return }
        handle.notes.progress(
            RunNote.Progress(min(max(fraction, 0), 1), message.storable(maxBytes: RunNote.maxMessageBytes))
        )
    }

    /// Logs a line with the job, where the API and listeners to events find it; ``logger`` writes to the worker's log instead. The last
    /// 256 lines of a run are kept, and of each the first 1 KiB.
    public func log(_ message: String, level: Logger.Level = .info) {
        handle.notes.log(level.rawValue, message.storable(maxBytes: RunNote.maxMessageBytes))
    }

    /// Keeps a value that the job's next attempt is given, in the place of the one before. It is on record when this returns.
    ///
    /// - Throws: ``CheckpointTooLarge`` beyond 64 KiB of JSON; ``RunIsOver``; `CancellationError`; `EncodingError`.
    public func saveCheckpoint(_ value: some Encodable) async throws {
        let plain = try JobCoding.encode(value)
        let json = [UInt8](try codec?.encode(plain, CodedContent(type: type, part: .checkpoint)) ?? plain)
        guard json.count <= RunNote.maxCheckpointBytes else { throw CheckpointTooLarge(bytes: json.count) }
        try await handle.notes.save(json)
    }

    /// What ``saveCheckpoint(_:)`` kept last, in this attempt or in one before; nil when nothing was kept.
    ///
    /// - Throws: `DecodingError` when it is no such value.
    public func checkpoint<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value? {
        guard let json = handle.notes.checkpoint, json != RunNote.noCheckpoint else { return nil }
        let plain = try codec?.decode(Data(json), CodedContent(type: self.type, part: .checkpoint)) ?? Data(json)
        return try JobCoding.decode(type, from: plain)
    }

    /// Submits a job of this job's tenant as its child, and waits until it is on record.
    ///
    /// - Parameters:
    ///   - job: The child.
    ///   - options: What is to hold instead of the kind's defaults.
    ///   - key: What this job calls it, 1 to 100 printable ASCII characters. Under one key a job has one child, in whichever attempt it is
    ///     submitted; without, each attempt that comes here submits one.
    /// - Returns: The child's id.
    /// - Throws: ``ChildJobRefused`` when it is not taken; ``RunIsOver``; `CancellationError`; `EncodingError`.
    @discardableResult
    public func submit<Kind: Job>(
        _ job: Kind,
        options: JobOptions = JobOptions(),
        key: String? = nil
    ) async throws -> String {
        try await submit([ChildJob(job, options, key ?? handle.nextKey(of: run))])[0]
    }

    /// Submits many jobs as children of this one, in as few requests as they need, and waits until all are on record.
    ///
    /// - Parameters:
    ///   - jobs: The children.
    ///   - options: What is to hold instead of the kind's defaults.
    ///   - key: What this job calls each; see `submit(_:options:key:)`.
    /// - Returns: The children's ids, in their order.
    /// - Throws: What `submit(_:options:key:)` throws; those before may be on record.
    @discardableResult
    public func submit<Kind: Job>(
        contentsOf jobs: some Sequence<Kind>,
        options: JobOptions = JobOptions(),
        key: ((Kind) -> String)? = nil
    ) async throws -> [String] {
        try await submit(jobs.map { try ChildJob($0, options, key?($0) ?? handle.nextKey(of: run)) })
    }

    private func submit(_ jobs: [ChildJob]) async throws -> [String] {
        guard let codec else { return try await submit(granted.key, jobs) }
        return try await submit(
            granted.key,
            jobs.map { job in
                var coded = job
                let content = CodedContent(type: job.type, part: .payload, idempotencyKey: "\(id)/\(job.key)")
                coded.payload = try codec.encode(job.payload, content)
                return coded
            }
        )
    }

    /// Reads the payload, as `JobCoding` does.
    ///
    /// - Throws: ``JobFailure`` that forbids retrying, as a payload that cannot be read now cannot be read later either.
    public func decodePayload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        do {
            return try JobCoding.decode(type, from: payload)
        } catch {
            throw JobFailure.discard("the payload cannot be read: \(explanation(of: error, decoding: payload))")
        }
    }

    /// The same job with another payload, for a ``JobMiddleware`` that unpacks or decrypts it.
    public func with(payload: Data) -> RunningJob {
        var job = self
        job.payload = payload
        return job
    }

    /// The same job with its payload as it is meant, for the one middleware that knows how all is coded.
    func with(payload: Data, codec: any PayloadCodec) -> RunningJob {
        var job = with(payload: payload)
        job.codec = codec
        return job
    }
}

extension ChildJob {
    fileprivate init<Kind: Job>(_ job: Kind, _ options: JobOptions, _ key: String) throws {
        self.init(type: Kind.type, payload: try job.encodedPayload(), options: Kind.defaults.merging(options), key: key)
    }
}

/// Why a run was told to stop.
public enum CancellationReason: String, Sendable {
    /// The attempt took longer than it may.
    case timeout
    /// The job was cancelled.
    case cancelled
    /// The worker could not renew its lease: the job may run elsewhere by now.
    case leaseLost = "lease_lost"
    /// The worker ends, and the time that running jobs had for it is over.
    case draining
}

/// A run's handler as the worker holds it: what stops it, and why it was stopped.
final class RunHandle: Sendable {
    /// What the handler says of its run.
    let notes: RunNotes
    private struct State {
        var task: Task<Void, Never>?
        var cancellation: CancellationReason?
        var settling: (any Span)?
    }

    private let state = Mutex(State())
    private let keys = Atomic(0)

    init(notes: RunNotes) {
        self.notes = notes
    }

    /// Why the run was told to stop; nil while it may go on.
    var cancellation: CancellationReason? { state.withLock(\.cancellation) }

    /// The span of putting the outcome on record; nil while the run goes on, and when it is not recorded.
    var settling: (any Span)? {
        get { state.withLock(\.settling) }
        set { state.withLock { $0.settling = newValue } }
    }

    /// A key for a child that its parent does not name: the run's own.
    func nextKey(of run: Int) -> String {
        "run \(run)/\(keys.add(1, ordering: .relaxed).newValue)"
    }

    /// The handler was started. If the run was told to stop before, it is at once.
    func started(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.cancellation != nil
        }
        if isCancelled { task.cancel() }
    }

    /// Tells the run to stop. The first reason counts.
    func cancel(because reason: CancellationReason) {
        state.withLock { state in
            if state.cancellation == nil { state.cancellation = reason }
            return state.task
        }?.cancel()
    }
}
