import Formats

/// Whether the process can do its work now: named checks, each with its last result.
///
/// A check asks for progress (a query answered, a poll returned lately), not only for an open connection. Checks run
/// when somebody asks, side by side, at most once at a time each, and not again within `freshness`, so that a flood of
/// requests to `/readyz` is not a flood of queries.
public actor Readiness {
    private struct Check {
        let name: String
        let isVital: Bool
        let limit: Duration
        let probe: SharedProbe<Void>
        var last: ReadinessReport.Check?
        var lastInstant: ContinuousClock.Instant?
    }

    private let freshness: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private var checks: [Check] = []
    private var gates: [ReadinessGate] = []

    /// Creates a readiness without checks, which is ready.
    ///
    /// - Parameters:
    ///   - freshness: How long a result is good for.
    ///   - now: The clock by which `freshness` is told.
    public init(
        freshness: Duration = .milliseconds(500),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.freshness = freshness
        self.now = now
    }

    /// Adds a check.
    ///
    /// - Parameters:
    ///   - name: What is checked, such as `postgres`.
    ///   - isVital: Whether the process is not ready while the check fails. One that is not vital warns only.
    ///   - limit: The longest time to wait for it; a check that takes longer fails.
    ///   - probe: Returns if all is well. The text of an error it throws is shown to whoever asks, so it holds no
    ///     secret.
    public func addCheck(
        _ name: String,
        isVital: Bool = true,
        within limit: Duration = .seconds(1),
        _ probe: @escaping @Sendable () async throws -> Void
    ) {
        checks.append(Check(name: name, isVital: isVital, limit: limit, probe: SharedProbe(probe)))
    }

    /// Adds a gate: a check whose result the process sets itself, such as "draining".
    ///
    /// - Parameters:
    ///   - name: What the gate stands for.
    ///   - reason: Why the gate is closed at first; `nil` for an open gate.
    public func addGate(_ name: String, closedBecause reason: String? = nil) -> ReadinessGate {
        let gate = ReadinessGate(name: name, reason: reason)
        gates.append(gate)
        return gate
    }

    /// Runs the checks whose last result is too old, and reports on all.
    public func report() async -> ReadinessReport {
        await withTaskGroup { group in
            for index in checks.indices where isStale(checks[index]) {
                let (probe, limit) = (checks[index].probe, checks[index].limit)
                group.addTask { [now] in
                    let start = now()
                    let outcome = await probe.run(within: limit)
                    return (index, outcome, now() - start)
                }
            }
            for await (index, outcome, duration) in group {
                record(outcome, of: index, duration: duration)
            }
        }
        return ReadinessReport(checks: gates.map(\.check) + checks.compactMap(\.last))
    }

    private func isStale(_ check: Check) -> Bool {
        check.lastInstant.map { now() - $0 >= freshness } ?? true
    }

    private func record(_ outcome: SharedProbe<Void>.Outcome, of index: Int, duration: Duration) {
        let reason: String? =
            switch outcome {
            case .success: nil
            case .failure(let error): "\(error)"
            case .late: "no answer within \(checks[index].limit)"
            }
        checks[index].lastInstant = now()
        checks[index].last = ReadinessReport.Check(
            name: checks[index].name,
            isVital: checks[index].isVital,
            failure: reason,
            checkedAt: RFC3339.now(),
            duration: duration
        )
    }
}
