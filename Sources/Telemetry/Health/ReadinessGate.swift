import Formats
import Synchronization

/// A part of ``Readiness`` that the process sets itself: open, or closed for a reason.
public final class ReadinessGate: Sendable {
    /// What the gate stands for.
    public let name: String

    private struct State {
        var reason: String?
        var changedAt: String
    }

    private let state: Mutex<State>

    init(name: String, reason: String?) {
        self.name = name
        state = Mutex(State(reason: reason, changedAt: RFC3339.now()))
    }

    /// Lets the process be ready.
    public func open() {
        set(nil)
    }

    /// Keeps the process from being ready, at once.
    ///
    /// - Parameter reason: Why; shown to whoever asks, so it holds no secret.
    public func close(because reason: String) {
        set(reason)
    }

    var check: ReadinessReport.Check {
        state.withLock {
            ReadinessReport.Check(
                name: name,
                isVital: true,
                failure: $0.reason,
                checkedAt: $0.changedAt,
                duration: nil
            )
        }
    }

    private func set(_ reason: String?) {
        state.withLock { $0 = State(reason: reason, changedAt: RFC3339.now()) }
    }
}
