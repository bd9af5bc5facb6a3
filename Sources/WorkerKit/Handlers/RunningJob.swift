public import Foundation
public import JobCore
public import Logging

/// The job a handler is called with.
public struct RunningJob: Sendable {
    /// Its id, the same in every attempt: what makes an effect idempotent.
    public let id: JobID
    /// Which run of the job this is. It only ever grows, so a store that keeps the highest one it has seen can refuse the late
    /// writes of a run that was taken from its worker (a fencing token).
    public let run: Int
    /// Which attempt this is, counted from 1.
    public let attempt: Int
    /// How many attempts the job has.
    public let maxAttempts: Int
    /// The payload's JSON text, to the byte as it was submitted.
    public let payload: Data
    /// The W3C traceparent of the submission.
    public let trace: String?

    private let backlog: Backlog
    private let workerLogger: Logger

    init(_ granted: GrantedJob, logger: Logger) {
        id = granted.key.job
        run = granted.key.run
        attempt = granted.attempt
        maxAttempts = granted.maxAttempts
        payload = granted.payload
        trace = granted.trace
        backlog = granted.backlog
        workerLogger = logger
    }

    /// Its type.
    public var type: String { backlog.type.rawValue }
    /// Whose it is.
    public var tenant: String { backlog.tenant.rawValue }
    /// The queue it came through.
    public var queue: String { backlog.queue.rawValue }

    /// Logs with the job's id, type and attempt. Made when it is asked for.
    public var logger: Logger {
        var logger = workerLogger
        logger[metadataKey: "job_id"] = "\(id)"
        logger[metadataKey: "type"] = "\(type)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        return logger
    }

    /// Reads the payload.
    ///
    /// - Throws: ``JobFailure`` that forbids retrying, as a payload that cannot be read now cannot be read later either.
    public func decodePayload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        do {
            return try JSONDecoder().decode(type, from: payload)
        } catch {
            throw JobFailure.discard("the payload is no \(type): \(error)")
        }
    }
}
