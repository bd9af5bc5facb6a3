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
    private let unhandled = Counter(label: "qf_jobs_without_handler_total")
    private let logger: Logger

    init(handlers: [String: RegisteredHandler], logger: Logger) {
        entries = handlers.reduce(into: [:]) { entries, pair in
            entries[pair.key] = Entry(
                registered: pair.value,
                duration: Timer(label: "qf_job_duration_seconds", dimensions: [("type", pair.key)]),
                succeeded: Counter(
                    label: "qf_job_runs_total",
                    dimensions: [("type", pair.key), ("outcome", "success")]
                ),
                failed: Counter(label: "qf_job_runs_total", dimensions: [("type", pair.key), ("outcome", "failure")]),
                stopped: Counter(label: "qf_job_runs_total", dimensions: [("type", pair.key), ("outcome", "stopped")])
            )
        }
        self.logger = logger
    }

    /// Runs a job to its outcome. Never throws: whatever a handler does is an outcome.
    func run(_ record: WaitingRecord, grant: ControlGrant) async -> RunOutcome.Kind {
        guard let entry = entries[record.type] else {
            unhandled.increment()
            return .failure(RunFailure(kind: "no_handler", error: "no handler for jobs of type '\(record.type)'"))
        }
        var jobLogger = logger
        jobLogger[metadataKey: "job_id"] = "\(record.job)"
        jobLogger[metadataKey: "type"] = "\(record.type)"
        jobLogger[metadataKey: "attempt"] = "\(grant.attempt)"
        let job = RunningJob(
            id: record.job,
            type: record.type,
            tenant: record.topic.tenant.rawValue,
            queue: record.topic.queue.rawValue,
            run: Int(grant.run),
            attempt: Int(grant.attempt),
            maxAttempts: Int(grant.maxAttempts),
            payload: record.payload ?? grant.payload,
            trace: record.trace.isEmpty ? nil : record.trace,
            logger: jobLogger
        )
        let start = ContinuousClock.now
        let outcome = await outcome(of: entry.registered, job, timeout: .milliseconds(Int64(clamping: grant.timeoutMs)))
        let elapsed = ContinuousClock.now - start
        entry.duration.recordNanoseconds(elapsed.nanoseconds)
        switch outcome {
        case .failure where Task.isCancelled:
            entry.stopped.increment()
            jobLogger.debug("a run was stopped", metadata: ["duration_ms": "\(elapsed.wholeMilliseconds)"])
        case .failure(let failure):
            entry.failed.increment()
            jobLogger.info(
                "an attempt failed",
                metadata: [
                    "kind": "\(failure.kind)", "error": "\(failure.error)",
                    "duration_ms": "\(elapsed.wholeMilliseconds)",
                ]
            )
        case .success:
            entry.succeeded.increment()
            jobLogger.debug("a job completed", metadata: ["duration_ms": "\(elapsed.wholeMilliseconds)"])
        case .release, .cancelled:
            jobLogger.debug("a run was given back", metadata: ["duration_ms": "\(elapsed.wholeMilliseconds)"])
        }
        return outcome
    }

    private func outcome(
        of registered: RegisteredHandler,
        _ job: RunningJob,
        timeout: Duration
    ) async -> RunOutcome.Kind {
        var failure: RunFailure
        do {
            let handler = registered.handler
            let result =
                timeout > .zero
                ? try await limited(to: timeout) { try await handler.run(job) } : try await handler.run(job)
            guard let json = result.json else { return .success(result: nil) }
            guard json.count <= JobResult.maxBytes else {
                throw JobFailure.discard("the result has \(json.count) bytes; at most \(JobResult.maxBytes) are kept")
            }
            return .success(result: [UInt8](json))
        } catch let error as JobFailure {
            switch error.kind {
            case .snooze(let delay):
                return .release(delay: delay)
            case .failure(let reason, let isFinal, let retryAfter):
                failure = RunFailure(kind: "error", error: reason.truncated, isFinal: isFinal, retryAfter: retryAfter)
            }
        } catch is TimedOut {
            failure = RunFailure(kind: "timeout", error: "the attempt took longer than \(timeout)")
        } catch {
            failure = RunFailure(kind: "error", error: String(describing: error).truncated)
        }
        failure.handlerPolicy = registered.retry
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

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}

extension String {
    /// The text without NUL, which PostgreSQL cannot keep, and not longer than an error may be.
    fileprivate var truncated: String {
        let text = contains("\0") ? replacing("\0", with: "") : self
        guard text.utf8.count > RunFailure.maxErrorBytes else { return text }
        return String(decoding: text.utf8.prefix(RunFailure.maxErrorBytes - 4), as: UTF8.self) + "…"
    }
}
