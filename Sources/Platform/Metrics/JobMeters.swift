public import JobCore
import Synchronization
public import Telemetry

/// Counts what becomes of jobs, a batch at a time: a type is looked up once for all that there are of it.
public final class JobMeters: Sendable {
    /// The series of one type.
    private final class OfType: Sendable {
        let submitted: PrometheusCounter
        let retries: PrometheusCounter
        let attempts: [RunEnds.Outcome: PrometheusCounter]
        let finished: [JobState: PrometheusCounter]
        let labels: MetricLabels

        init(_ type: String, in registry: PrometheusRegistry) {
            labels = ["type": type]
            submitted = registry.counter(.jobsSubmitted, labels: labels)
            retries = registry.counter(.jobRetries, labels: labels)
            attempts = Dictionary(
                uniqueKeysWithValues: RunEnds.Outcome.allCases.map {
                    ($0, registry.counter(.jobAttempts, labels: ["type": type, "outcome": $0.rawValue]))
                }
            )
            finished = Dictionary(
                uniqueKeysWithValues: [JobState.completed, .cancelled, .dead].map { state in
                    (state, registry.counter(.jobsFinished, labels: ["type": type, "state": state.rawValue]))
                }
            )
        }
    }

    private let registry: PrometheusRegistry
    private let types = Mutex<[String: OfType]>([:])
    private let deaths: [DeadReason: PrometheusCounter]

    /// Counts in a registry.
    ///
    /// - Parameter timesJobs: Whether waits and ends are told from the start: by a job-service, through which all of them go.
    public init(registry: PrometheusRegistry, timesJobs: Bool = false) {
        self.registry = registry
        deaths = Dictionary(
            uniqueKeysWithValues: DeadReason.allCases.map {
                ($0, registry.counter(.jobsDead, labels: ["reason": $0.rawValue]))
            }
        )
        guard timesJobs else { return }
        for priority in Priority.allCases {
            _ = (histogram(.jobWait, priority), histogram(.jobEndToEnd, priority))
        }
    }

    /// Jobs were stored.
    public func submitted(_ submitted: some Sequence<JobType>) {
        // Jobs that come together are mostly of one type.
        var (last, count): (JobType?, Int) = (nil, 0)
        for type in submitted {
            if type != last {
                if let last { series(of: last.rawValue).submitted.increment(by: count) }
                (last, count) = (type, 0)
            }
            count += 1
        }
        if let last { series(of: last.rawValue).submitted.increment(by: count) }
    }

    /// Runs were granted, from which on they are under way.
    ///
    /// - Parameters:
    ///   - runs: How urgent each job is, when it became ready (by the database's clock, in microseconds since 1970), and its W3C traceparent.
    ///   - time: When they were granted, by the same clock.
    public func granted(_ runs: some Sequence<(priority: Priority, queuedAt: Int64, trace: String?)>, at time: Int64) {
        var waits: [Priority: PrometheusHistogram] = [:]
        for run in runs {
            let wait = waits[run.priority] ?? histogram(.jobWait, run.priority)
            waits[run.priority] = wait
            let trace = run.trace.flatMap { $0.isSampled ? TraceContext(traceparent: $0) : nil }
            wait.observe(Double(max(0, time - run.queuedAt)) / 1_000_000, of: trace)
        }
    }

    /// Runs ended.
    public func ended(_ ends: RunEnds) {
        for (kind, times) in ends.all {
            let series = series(of: kind.type)
            series.attempts[kind.outcome]?.increment(by: times.count)
            series.finished[kind.became]?.increment(by: times.count)
            if kind.became == .retrying { series.retries.increment(by: times.count) }
            let trace = times.traced.flatMap { TraceContext(traceparent: $0.trace) }
            if !times.runs.isEmpty, kind.outcome.hasRun {
                let histogram = registry.histogram(.jobRun, labels: series.labels)
                histogram.observe(times.runs.lazy.map { Double($0) / 1_000_000 })
                if let trace, let run = times.traced?.run { histogram.exemplify(Double(run) / 1_000_000, by: trace) }
            }
            if !times.wholes.isEmpty, kind.became.isTerminal {
                let histogram = histogram(.jobEndToEnd, kind.priority)
                histogram.observe(times.wholes.lazy.map { Double($0) / 1_000_000 })
                if let trace, let whole = times.traced?.whole {
                    histogram.exemplify(Double(whole) / 1_000_000, by: trace)
                }
            }
        }
    }

    /// A job was cancelled before it ran.
    public func cancelled(_ type: JobType) {
        series(of: type.rawValue).finished[.cancelled]?.increment()
    }

    /// Jobs were moved to the dead letters.
    public func died(_ letters: [DeadLetter]) {
        for letter in letters { deaths[letter.reason]?.increment() }
    }

    /// Jobs were moved to the dead letters that nobody ran.
    public func buried(_ letters: [DeadLetter]) {
        for letter in letters { series(of: letter.type).finished[.dead]?.increment() }
    }

    private func histogram(_ description: MetricDescription, _ priority: Priority) -> PrometheusHistogram {
        registry.histogram(description, labels: ["priority": priority.rawValue])
    }

    private func series(of type: String) -> OfType {
        if let known = types.withLock({ $0[type] }) { return known }
        // No more are kept than stand for themselves.
        let value = registry.limits.value(type, of: "type")
        return types.withLock { types in
            if let known = types[value] { return known }
            let made = OfType(value, in: registry)
            types[value] = made
            return made
        }
    }
}

extension RunEnds.Outcome {
    /// Whether the run went on until its handler ended or was out of time.
    fileprivate var hasRun: Bool { self == .completed || self == .failed || self == .timedOut }
}

extension String {
    /// Whether a W3C traceparent says that its trace is recorded: its last digit is odd.
    fileprivate var isSampled: Bool { utf8.last.map { "13579bdf".utf8.contains($0) } ?? false }
}
