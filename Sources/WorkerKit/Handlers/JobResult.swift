public import Foundation
import JobCore

/// What a handler returns: a JSON text that is kept with the job, or nothing.
public struct JobResult: Sendable {
    /// The largest result that is kept, in bytes.
    public static let maxBytes = RunResult.maxBytes

    let json: Data?

    /// Nothing to keep.
    public static let none = JobResult(json: nil)

    /// A JSON text as it is. One that is no JSON makes the run a failure.
    public static func json(_ text: Data) -> JobResult {
        JobResult(json: text)
    }

    /// A value, encoded as JSON.
    public static func encoding(_ value: some Encodable) throws -> JobResult {
        JobResult(json: try JSONEncoder().encode(value))
    }
}
