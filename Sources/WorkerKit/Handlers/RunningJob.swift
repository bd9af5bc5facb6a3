import Formats
public import Foundation
import JobCore
public import Logging
public import QueueFlowJobs
import Synchronization

/// The job a handler is called with.
public struct RunningJob: Sendable {
    /// The payload's JSON text, to the byte as it was submitted, unless a ``JobMiddleware`` gave it another one.
    public private(set) var payload: Data

    let granted: GrantedJob
    let handle: RunHandle
    private let workerLogger: Logger

    init(_ granted: GrantedJob, _ handle: RunHandle, logger: Logger) {
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
    /// When it became queued last, by the database's clock.
    public var queuedAt: Date { Date(microsecondsSince1970: granted.queuedAt) }
    /// When the attempt's time is up; nil when it has as long as it likes.
    public var deadline: ContinuousClock.Instant? { granted.deadline }
    /// The W3C traceparent of the submission.
    public var trace: String? { granted.trace }
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

    /// Reads the payload, as `JobCoding` does.
    ///
    /// - Throws: ``JobFailure`` that forbids retrying, as a payload that cannot be read now cannot be read later either.
    public func decodePayload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        do {
            return try JobCoding.decode(type, from: payload)
        } catch {
            throw JobFailure.discard("the payload is no \(type): \(error)")
        }
    }

    /// The same job with another payload, for a ``JobMiddleware`` that unpacks or decrypts it.
    public func with(payload: Data) -> RunningJob {
        var job = self
        job.payload = payload
        return job
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
    private let state = Mutex<(task: Task<Void, Never>?, cancellation: CancellationReason?)>((nil, nil))

    /// Why the run was told to stop; nil while it may go on.
    var cancellation: CancellationReason? { state.withLock(\.cancellation) }

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
