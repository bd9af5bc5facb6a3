import Concurrency
import Synchronization

/// Until when this worker may run the jobs it claimed, by its own clock, which is on the safe side: it counts from when the
/// renewal was sent, the database from when it arrived.
final class Lease: Sendable {
    /// How long before the end the runs are stopped.
    static let margin = Duration.seconds(1)

    private let end = Mutex<ContinuousClock.Instant?>(nil)
    /// Raised when the lease was first obtained or obtained anew.
    let changed = Signal()

    /// The lease was renewed by a message sent at that time.
    func renewed(sentAt: ContinuousClock.Instant, lasts: Duration) {
        let new = sentAt + lasts - Self.margin
        // Acknowledgements may come in another order than that of the heartbeats.
        end.withLock { $0 = max($0 ?? new, new) }
        changed.raise()
    }

    /// How long the runs may go on; nil when there is no lease.
    func remaining() -> Duration? {
        end.withLock { $0.map { $0 - .now } }
    }

    /// Ends the lease if its time is up.
    ///
    /// - Returns: Whether it was ended.
    func expire() -> Bool {
        end.withLock { end in
            guard let instant = end, instant <= .now else { return false }
            end = nil
            return true
        }
    }

    /// Ends the lease, as the job-service says that it is over.
    func revoke() {
        end.withLock { $0 = nil }
    }
}
