import Concurrency
import Formats
import Foundation
package import JobCore
import Logging
import Metrics
import Platform
import QueueFlowJobs

/// Calls handlers and turns what they do into outcomes.
package struct JobRunner: Sendable {
    /// A handler with its meters, looked up once for each type.
    private struct Entry: Sendable {
        /// The handler with what is round it.
        var handler: any JobHandler
        var registered: RegisteredHandler
        var duration: Timer
        var succeeded: Counter
        var failed: Counter
        var timedOut: Counter
        var stopped: Counter
        var snoozed: Counter
    }

    private let entries: [String: Entry]
    private let logger: Logger

    init(handlers: [String: RegisteredHandler], middleware: [any JobMiddleware] = [], logger: Logger) {
        entries = handlers.reduce(into: [:]) { entries, pair in
            func runs(_ outcome: String) -> Counter {
                Counter(.workerRuns, [("type", pair.key), ("outcome", outcome)])
            }
            entries[pair.key] = Entry(
                handler: middleware.reversed().reduce(pair.value.handler) {
                    WrappedHandler(middleware: $1, next: $0)
                },
                registered: pair.value,
                duration: Timer(.workerRun, [("type", pair.key)]),
                succeeded: runs("success"),
                failed: runs("failure"),
                timedOut: runs("timeout"),
                stopped: runs("stopped"),
                snoozed: runs("snoozed")
            )
        }
        self.logger = logger
    }

    /// The types that there are handlers for.
    var types: [String] { entries.keys.sorted() }

    /// Whether there is a handler for a type.
    package func handles(_ type: JobType) -> Bool { entries[type.rawValue] != nil }

    /// How long an attempt may take of jobs that do not say so themselves.
    func timeout(of type: JobType) -> Duration? { entries[type.rawValue]?.registered.timeout }

    /// How many runs of a type go on at once, for the types that have a limit of their own.
    var limits: [JobType: Int] {
        entries.reduce(into: [:]) { limits, entry in
            limits[JobType(validated: entry.key)] = entry.value.registered.concurrency.map { max(1, $0) }
        }
    }

    /// Where the handler of a type runs.
    func threads(of type: JobType) -> HandlerThreads { entries[type.rawValue]?.registered.threads ?? .shared }

    /// How long jobs of a type that do not say so themselves wait for their next attempt.
    func backoff(of type: JobType) -> RetryPolicy {
        entries[type.rawValue]?.registered.backoff.map(RetryPolicy.init) ?? .default
    }

    /// Runs a job to its outcome. Never throws: whatever a handler does is an outcome.
    ///
    /// - Parameter submit: Submits the jobs that the handler submits.
    func run(_ granted: GrantedJob, _ handle: RunHandle, _ submit: @escaping SubmitChildren) async -> RunOutcome.Kind {
        guard let entry = entries[granted.backlog.type.rawValue] else {
            // The worker never asks for what it has no handler for.
            return .release(delay: nil)
        }
        let job = RunningJob(granted, handle, logger: logger, submit: submit)
        let start = ContinuousClock.now
        let outcome = await outcome(of: entry.handler, job)
        let elapsed = ContinuousClock.now - start
        entry.duration.record(duration: elapsed)
        switch outcome {
        case .failure where job.cancellation.map { $0 != .timeout } ?? Task.isCancelled:
            entry.stopped.increment()
            log(job, elapsed, .debug, "a run was stopped")
        case .failure(let failure):
            (job.cancellation == .timeout ? entry.timedOut : entry.failed).increment()
            log(job, elapsed, .info, "an attempt failed", ["kind": "\(failure.kind)", "error": "\(failure.error)"])
        case .success:
            entry.succeeded.increment()
            log(job, elapsed, .debug, "a job completed")
        case .release, .cancelled:
            entry.snoozed.increment()
            log(job, elapsed, .debug, "a run was given back")
        }
        return outcome
    }

    /// What a run comes to whose handler did not stop when its time was up.
    func timedOut(_ granted: GrantedJob) -> RunOutcome.Kind {
        failure(
            RunFailure(kind: "timeout", error: "the attempt took longer than \(granted.timeout ?? .zero)"),
            of: granted
        )
    }

    private func log(
        _ job: RunningJob,
        _ elapsed: Duration,
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ metadata: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard logger.logLevel <= level else { return }
        job.logger.log(
            level: level,
            message,
            metadata: metadata().merging(["duration_ms": "\(elapsed.millisecondsTruncated)"]) { first, _ in first }
        )
    }

    private func outcome(of handler: any JobHandler, _ job: RunningJob) async -> RunOutcome.Kind {
        do {
            let result = try await handler.run(job)
            // Who stops early because the time is up has not done the job, whatever it returns.
            guard job.cancellation != .timeout else { return timedOut(job.granted) }
            guard let json = result.json else { return .success(result: nil) }
            let bytes = [UInt8](json)
            try RunResult.check(bytes)
            return .success(result: bytes)
        } catch {
            guard job.cancellation != .timeout else { return timedOut(job.granted) }
            guard let error = error as? JobFailure else {
                return failure(
                    RunFailure(kind: "error", error: explanation(of: error).truncated),
                    of: job.granted
                )
            }
            switch error.kind {
            case .snooze(let delay):
                return .release(delay: delay)
            case .failure(let reason, let isFinal, let delay):
                return failure(
                    RunFailure(kind: "error", error: reason.truncated, isFinal: isFinal),
                    of: job.granted,
                    after: delay
                )
            }
        }
    }

    /// A failure with the time of the next attempt.
    private func failure(_ failure: RunFailure, of granted: GrantedJob, after delay: Duration? = nil) -> RunOutcome.Kind
    {
        var generator = SystemRandomNumberGenerator()
        let policy = granted.retry ?? backoff(of: granted.backlog.type)
        var failure = failure
        failure.retryAfter = delay ?? policy.delay(afterAttempt: granted.attempt, using: &generator)
        return .failure(failure)
    }
}

/// A handler as it was registered for a type.
struct RegisteredHandler: Sendable {
    var handler: any JobHandler
    /// For jobs that do not say themselves how long they wait for their next attempt.
    var backoff: JobBackoff?
    /// For jobs that do not say themselves how long an attempt may take.
    var timeout: Duration?
    /// Where it runs.
    var threads = HandlerThreads.shared
    /// How many jobs of the type run at once in the worker; nil means as many as it has slots.
    var concurrency: Int?
}

extension RetryPolicy {
    package init(_ backoff: JobBackoff) {
        func seconds(_ duration: Duration) -> Double { min(max(duration.inSeconds, 0), Self.delays.upperBound) }
        self.init(
            strategy: Strategy(rawValue: backoff.growth.rawValue) ?? .exponential,
            base: seconds(backoff.base),
            factor: min(max(backoff.factor, 1), Self.factors.upperBound),
            maxDelay: seconds(backoff.cap),
            jitter: backoff.hasJitter
        )
    }
}

extension String {
    /// The text as an error that is kept.
    fileprivate var truncated: String { storable(maxBytes: RunFailure.maxErrorBytes) }
}
