public import Foundation

/// Names one worker process for as long as it lives. A restarted process is another worker.
public struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes an id for a process that starts.
    public static func make() -> WorkerID {
        WorkerID(UUID())
    }

    /// The canonical form in small letters.
    public var description: String {
        uuid.text
    }
}
