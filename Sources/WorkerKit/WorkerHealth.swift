import Synchronization

/// Whether a worker makes progress, for its health checks.
public final class WorkerHealth: Sendable {
    private let state = Mutex((hasSession: false, isRefused: false, hasConsumer: false))

    /// The health of a worker that has not started.
    public init() {}

    /// Why the worker is not ready; nil when it is.
    public var problem: String? {
        state.withLock { state in
            if state.isRefused { return "the job-service refuses the worker" }
            if !state.hasSession { return "no session with a job-service" }
            if !state.hasConsumer { return "the Kafka consumer has not started" }
            return nil
        }
    }

    private let shown = Mutex<(@Sendable () -> WorkerFigures)?>(nil)

    /// How the worker stands; nil while it does not run.
    var figures: WorkerFigures? { shown.withLock { $0 }?() }

    /// Says how to find out how the worker stands.
    func show(_ figures: (@Sendable () -> WorkerFigures)?) {
        shown.withLock { $0 = figures }
    }

    func setSession(_ isOpen: Bool) {
        state.withLock { state in
            state.hasSession = isOpen
            if isOpen { state.isRefused = false }
        }
    }

    func setRefused(_ isRefused: Bool) {
        state.withLock { $0.isRefused = isRefused }
    }

    func setConsumer(_ isRunning: Bool) {
        state.withLock { $0.hasConsumer = isRunning }
    }
}
