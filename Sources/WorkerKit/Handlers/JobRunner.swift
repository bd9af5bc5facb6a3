import Concurrency
import Formats
import Foundation
import JobCore
import Logging
import Metrics

/// Calls handlers and turns what they do into outcomes.
struct JobRunner: Sendable {
    /// A handler with its meters, looked up once for each type.
    private struct Entry: Sendable {
        var registered: RegisteredHandler
        var duration: Timer
        var succeeded: Counter
        var failed: Counter
        var stopped: Counter
    }

    private let entries: [String: Entry]
    private let logger: Logger

    init(handlers: [String: RegisteredHandler], logger: Logger) {
        entries = handlers.reduce(into: [:]) { entries, pair in
            func runs(_ outcome: String) -> Counter {
                Counter(label: "qf_job_runs_total", dimensions: [("type", pair.key), ("outcome", outcome)])
            }
            entries[pair.key] = Entry(
                registered: pair.value,
                duration: Timer(label: "qf_job_duration_seconds", dimensions: [("type", pair.key)]),
                succeeded: runs("success"),
                failed: runs("failure"),
                stopped: runs("stopped")
            )
        }
        self.logger = logger
    }

    /// Runs a job to its outcome. Never throws: whatever a handler does is an outcome.
    func run(_ granted: GrantedJob) async -> RunOutcome.Kind {
        guard let entry = entries[granted.backlog.type.rawValue] else {
            // The worker never asks for what it has no handler for.
            return .release(delay: nil)
        }
        let job = RunningJob(granted, logger: logger)
        let start = ContinuousClock.now
        let outcome = await outcome(of: entry.registered, job, granted)
        let elapsed = ContinuousClock.now - start
        entry.duration.record(duration: elapsed)
        switch outcome {
        case .failure where Task.isCancelled:
            entry.stopped.increment()
            log(job, elapsed, .debug, "a run was stopped")
        case .failure(let failure):
            entry.failed.increment()
            log(job, elapsed, .info, "an attempt failed", ["kind": "\(failure.kind)", "error": "\(failure.error)"])
        case .success:
            entry.succeeded.increment()
            log(job, elapsed, .debug, "a job completed")
        case .release, .cancelled:
            log(job, elapsed, .debug, "a run was given back")
        }
        return outcome
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

    private func outcome(
        of registered: RegisteredHandler,
        _ job: RunningJob,
        _ granted: GrantedJob
    ) async -> RunOutcome.Kind {
        var failure: RunFailure
        var delay: Duration?
        do {
            let handler = registered.handler
            let result =
                if let timeout = granted.timeout {
                    try await limited(to: timeout) { try await handler.run(job) }
                } else {
                    try await handler.run(job)
                }
            guard let json = result.json else { return .success(result: nil) }
            let bytes = [UInt8](json)
            try RunResult.check(bytes)
            return .success(result: bytes)
        } catch let error as JobFailure {
            switch error.kind {
            case .snooze(let delay):
                return .release(delay: delay)
            case .failure(let reason, let isFinal, let retryAfter):
                failure = RunFailure(kind: "error", error: reason.truncated, isFinal: isFinal)
                delay = retryAfter
            }
        } catch is TimedOut {
            failure = RunFailure(
                kind: "timeout",
                error: "the attempt took longer than \(granted.timeout ?? .zero)"
            )
        } catch {
            failure = RunFailure(kind: "error", error: String(describing: error).truncated)
        }
        var generator = SystemRandomNumberGenerator()
        let policy = granted.retry ?? registered.retry ?? .default
        failure.retryAfter = delay ?? policy.delay(afterAttempt: granted.attempt, using: &generator)
        return .failure(failure)
    }

    /// Cancels the body when the time is up, and waits for it to end.
    private func limited(
        to timeout: Duration,
        _ body: @escaping @Sendable () async throws -> JobResult
    ) async throws -> JobResult {
        try await withThrowingTaskGroup(of: TimedResult.self) { group in
            group.addTask { .returned(try await body()) }
            group.addTask { (try? await Task.sleep(for: timeout)) == nil ? .stopped : .timeIsUp }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                switch next {
                case .returned(let result): return result
                case .timeIsUp: throw TimedOut()
                // The run as a whole is being stopped; what the body makes of that counts.
                case .stopped: continue
                }
            }
            throw CancellationError()
        }
    }

    private enum TimedResult {
        case returned(JobResult)
        case timeIsUp
        case stopped
    }

    private struct TimedOut: Error {}
}

/// A handler as it was registered for a type.
struct RegisteredHandler: Sendable {
    var handler: any JobHandler
    /// For jobs that have no retry policy of their own.
    var retry: RetryPolicy?
}

extension String {
    /// The text without NUL, which PostgreSQL cannot keep, and not longer than an error may be.
    fileprivate var truncated: String {
        let text = contains("\0") ? replacing("\0", with: "") : self
        guard text.utf8.count > RunFailure.maxErrorBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: RunFailure.maxErrorBytes - "…".utf8.count)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + "…"
    }
}
