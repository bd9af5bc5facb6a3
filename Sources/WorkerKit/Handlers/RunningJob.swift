public import Foundation
public import JobCore
public import Logging

/// The job a handler is called with.
public struct RunningJob: Sendable {
    /// Its id, the same in every attempt: what makes an effect idempotent.
    public let id: JobID
    /// Its type.
    public let type: String
    /// Whose it is.
    public let tenant: String
    /// The queue it came through.
    public let queue: String
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
    /// Logs with the job's id, type and attempt.
    public let logger: Logger

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
