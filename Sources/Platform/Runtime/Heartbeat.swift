import Concurrency
import Synchronization

/// Shows that a loop still goes round: readiness means progress, not only an open port.
public final class Heartbeat: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(nil)
    private let limit: Duration

    /// A loop that has not gone round yet.
    ///
    /// - Parameter limit: How long a round may take at most.
    public init(limit: Duration) {
        self.limit = limit
    }

    /// The loop went round.
    public func beat() {
        last.withLock { $0 = .now }
    }

    /// Checks that the loop goes round.
    ///
    /// - Throws: ``NotReady`` when it does not.
    public func check() throws(NotReady) {
        guard let last = last.withLock({ $0 }) else { throw NotReady(reason: "has not gone round yet") }
        let silence = ContinuousClock.now - last
        guard silence <= limit else { throw NotReady(reason: "has not gone round for \(Int(silence.inSeconds)) s") }
    }
}

/// Why a process is not ready.
public struct NotReady: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    /// A process that is not ready for a reason.
    public init(reason: String) {
        description = reason
    }
}
