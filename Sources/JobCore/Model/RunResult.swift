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
