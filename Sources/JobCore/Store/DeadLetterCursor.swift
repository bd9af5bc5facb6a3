public import Foundation

/// Where a page of dead letters ends: they are listed by the time of their death, the latest first, then by id.
public struct DeadLetterCursor: Hashable, Sendable, CustomStringConvertible {
    /// When the last one on the page died.
    public var diedAt: Date
    /// Its id.
    public var id: JobID

    /// The cursor after a dead letter.
    public init(after letter: DeadLetter) {
        diedAt = letter.diedAt
        id = letter.id
    }

    /// Reads a cursor's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = JobID(parts[1]) else { return nil }
        diedAt = Date(microsecondsSince1970: microseconds)
        self.id = id
    }

    /// The time in microseconds since 1970, a dot and the id.
    public var description: String { "\(diedAt.microsecondsSince1970).\(id)" }
}
