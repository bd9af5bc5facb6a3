public import Logging
import Synchronization

/// The lowest level that a process's loggers write: one for all of them, which can be changed while they are in use.
public final class LogLevel: Sendable {
    /// What the process was started with.
    public let configured: Logger.Level
    private let place: Atomic<Int>

    /// A level.
    public init(_ level: Logger.Level) {
        configured = level
        place = Atomic(Self.place(of: level))
    }

    /// The level that holds now.
    public var current: Logger.Level {
        get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
        set { place.store(Self.place(of: newValue), ordering: .relaxed) }
    }

    private static func place(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
