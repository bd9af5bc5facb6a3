import Concurrency
import Metrics
import Synchronization

/// Keeps calls away from what has stopped answering, and finds out by single trial calls when it is back.
///
/// `queueflow_circuit_state{dependency}` shows where it stands: 0 closed, 1 half open, 2 open.
public final class CircuitBreaker: Sendable {
    /// What is called, for metrics, errors and health.
    public let name: String
    private let state: Mutex<CircuitBreakerState>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let gauge: Gauge?
    private let openings: Counter?

    /// A closed circuit.
    ///
    /// - Parameters:
    ///   - name: What is called.
    ///   - settings: When it opens and closes.
    ///   - isMetered: Whether metrics tell of it; not when names come from outside, of which there may be any number.
    ///   - now: The present time.
    public init(
        _ name: String,
        settings: CircuitBreakerState.Settings = .init(),
        isMetered: Bool = true,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.name = name
        self.now = now
        state = Mutex(CircuitBreakerState(settings: settings))
        gauge = isMetered ? Gauge(.circuitState, [("dependency", name)]) : nil
        openings = isMetered ? Counter(.circuitOpenings, [("dependency", name)]) : nil
        gauge?.record(0)
    }

    /// Where it stands.
    public var phase: CircuitBreakerState.Phase { state.withLock { $0.phase } }

    /// Whether it is closed: calls are made, and nothing speaks against them.
    public var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    /// Checks that calls are made, for a report on readiness. A circuit whose time is over passes: otherwise nobody would
    /// send the call that closes it.
    ///
    /// - Throws: ``NotReady`` while it is open.
    public func check() throws(NotReady) {
        guard case .open(let until) = phase, now() < until else { return }
        throw NotReady(reason: "the circuit is open, as calls have failed lately")
    }

    /// Makes a call.
    ///
    /// - Parameters:
    ///   - limit: How long it may take; then, or a tenth of a second later, it is cancelled and the circuit opens. Nil for calls that may be long.
    ///   - isFailure: Whether an error means that the other side does not work. Any other is an answer.
    ///   - body: The call.
    /// - Throws: ``CircuitOpen`` at once while the circuit is open; ``CallTooLate``; what the body throws.
    public func run<Result: Sendable>(
        limit: Duration? = nil,
        isFailure: @Sendable (any Error) -> Bool,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let permit = try begin()
        do {
            let result =
                if let limit { try await limited(to: limit, permit, body) } else { try await body() }
            end(permit, .success)
            return result
        } catch let error as CallTooLate {
            throw error
        } catch {
            let outcome: CircuitBreakerState.Outcome =
                if error is CancellationError { .unknown } else if isFailure(error) { .failure } else { .success }
            end(permit, outcome)
            throw error
        }
    }

    /// Asks to make a call whose outcome the caller reports with ``end(_:_:)``.
    ///
    /// - Throws: ``CircuitOpen`` while the circuit is open.
    public func begin() throws(CircuitOpen) -> CircuitBreakerState.Permit {
        switch change({ $0.begin(now: now()) }) {
        case .permitted(let permit): return permit
        case .refused(let delay): throw CircuitOpen(name: name, retryAfter: delay)
        }
    }

    /// Takes note of how a call ended.
    public func end(_ permit: CircuitBreakerState.Permit, _ outcome: CircuitBreakerState.Outcome) {
        change { $0.end(permit, outcome, now: now()) }
    }

    /// The circuit opens when the time is up, even if the call takes a while to end. The call runs where its caller does.
    private func limited<Result: Sendable>(
        to limit: Duration,
        _ permit: CircuitBreakerState.Permit,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let executor = withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
        let call = Task(executorPreference: executor) { try await body() }
        let watch = Watchdog.shared.watch(for: limit) {
            self.end(permit, .late)
            call.cancel()
        }
        let result = await withTaskCancellationHandler {
            await call.result
        } onCancel: {
            call.cancel()
        }
        guard watch.end() else { throw CallTooLate(name: name, limit: limit) }
        return try result.get()
    }

    @discardableResult
    private func change<Result: Sendable>(_ body: (inout CircuitBreakerState) -> Result) -> Result {
        let (result, before, after) = state.withLock { state in
            let before = state.phase.level
            let result = body(&state)
            return (result, before, state.phase.level)
        }
        if before != after { gauge?.record(after) }
        if before != after, after == CircuitBreakerState.Phase.openLevel { openings?.increment() }
        return result
    }
}

extension CircuitBreakerState.Phase {
    fileprivate static let openLevel = 2

    /// The phase as a metric.
    fileprivate var level: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: Self.openLevel
        }
    }
}

/// A call was not made, as calls of its kind have failed lately.
public struct CircuitOpen: Error, Hashable, CustomStringConvertible {
    /// What would have been called, such as `postgres`.
    public var name: String
    /// After how long another call may be tried.
    public var retryAfter: Duration

    /// Says what to do.
    public var description: String {
        "\(name) has failed lately and is left alone; try again in \(retryAfter.millisecondsTruncated) ms"
    }
}

/// A call was given up, as it took longer than any should. It may or may not have taken effect.
public struct CallTooLate: Error, Hashable, CustomStringConvertible {
    /// What was called, such as `postgres`.
    public var name: String
    /// How long it was waited for.
    public var limit: Duration

    /// Says what happened.
    public var description: String {
        "\(name) did not answer within \(limit.millisecondsTruncated) ms; what was asked may or may not have taken effect"
    }
}
