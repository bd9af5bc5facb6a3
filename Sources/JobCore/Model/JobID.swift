public import Foundation

/// Names one job: a UUID of version 7, so that ids sort by the time of submission.
public struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the canonical text form; nil when the text is not a UUID.
    public init?(_ text: some StringProtocol) {
        guard let uuid = UUID(uuidString: String(text)) else { return nil }
        self.uuid = uuid
    }

    /// Makes a new id.
    ///
    /// - Parameters:
    ///   - time: The time that goes into the id.
    ///   - generator: Where the random bits come from.
    public init(at time: Date, using generator: inout some RandomNumberGenerator) {
        uuid = UUID(version7At: time, using: &generator)
    }

    /// Makes a new id for this moment.
    public static func make() -> JobID {
        JobID(.version7())
    }

    /// The canonical form in small letters.
    public var description: String {
        uuid.text
    }
}
