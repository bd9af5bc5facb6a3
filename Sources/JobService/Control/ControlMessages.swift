import Foundation
import JobCore
import JobStore

/// What workers send, checked: nothing that comes from the wire is believed.

extension ControlGrant {
    init(_ run: GrantedRun, backlog: Int) {
        self.init()
        jobID = run.job.bytes
        self.run = UInt32(clamping: run.run)
        self.backlog = UInt32(clamping: backlog)
        attempt = UInt32(clamping: run.attempt)
        maxAttempts = UInt32(clamping: run.maxAttempts)
        timeoutMs = UInt64(max(0, run.timeoutMilliseconds ?? 0))
        payload = Data(run.payload)
        if let trace = run.trace { self.trace = trace }
        if let policy = run.retry { retry = ControlRetryPolicy(policy) }
        batchID = run.batch
        queuedAt = run.queuedAt
        createdAt = run.createdAt
        tags = run.tags
        if let checkpoint = run.checkpoint { self.checkpoint = Data(checkpoint) }
    }
}

extension ControlRetryPolicy {
    fileprivate init(_ policy: RetryPolicy) {
        self.init()
        strategy = policy.strategy.rawValue
        base = policy.base
        factor = policy.factor
        maxDelay = policy.maxDelay
        jitter = policy.jitter
    }
}

extension RunOutcome {
    /// Reads an outcome; nil when it names no run or says nothing. A result that is no JSON, or too large, makes the run a failure:
    /// the database would refuse it.
    init?(_ message: ControlOutcome, worker: WorkerID) {
        guard let job = JobID(bytes: message.jobID), let reported = message.kind else { return nil }
        let kind: Kind =
            switch reported {
            case .success(let success): Self.success(success.result)
            case .failure(let failure):
                .failure(
                    RunFailure(
                        kind: failure.kind.storable(maxBytes: RunFailure.maxKindBytes),
                        error: failure.error.storable(maxBytes: RunFailure.maxErrorBytes),
                        isFinal: failure.discard,
                        retryAfter: .bounded(milliseconds: failure.retryAfterMs)
                    )
                )
            case .release(let release):
                .release(delay: release.hasDelayMs ? .bounded(milliseconds: release.delayMs) : nil)
            case .cancelled:
                .cancelled
            }
        self.init(job: job, fence: RunFence(run: Int(message.run), worker: worker), kind: kind)
    }

    private static func success(_ result: Data) -> Kind {
        guard !result.isEmpty else { return .success(result: nil) }
        let bytes = [UInt8](result)
        do {
            try RunResult.check(bytes)
            return .success(result: bytes)
        } catch {
            return .failure(RunFailure(kind: "error", error: "\(error)", retryAfter: .defaultRetry))
        }
    }
}

extension RunNote {
    private static let maxLevelBytes = 20
    /// How long ago a line may have been written.
    private static let maxAge = UInt64(86_400_000)

    /// Reads a note; nil when it names no run, or a number or a checkpoint that cannot be one.
    init?(_ message: ControlNote, worker: WorkerID) {
        guard let run = RunKey(jobID: message.jobID, run: message.run) else { return nil }
        self.init(source: Source(job: run.job, fence: RunFence(run: run.run, worker: worker)))
        if message.hasProgress {
            guard (0...1).contains(message.progress) else { return nil }
            progress = Progress(message.progress, message.message.storable(maxBytes: Self.maxMessageBytes))
        }
        lines = message.lines.suffix(Self.maxLines).map { line in
            Line(
                number: Int(min(line.number, UInt32(Int32.max))),
                age: .milliseconds(Int64(min(line.ageMs, Self.maxAge))),
                level: line.level.storable(maxBytes: Self.maxLevelBytes),
                message: line.message.storable(maxBytes: Self.maxMessageBytes)
            )
        }
        // Two lines in one place cannot be kept by one statement.
        guard Set(lines.map { $0.number % Self.maxLines }).count == lines.count else { return nil }
        guard !message.checkpoint.isEmpty else { return }
        let json = [UInt8](message.checkpoint)
        guard json.count <= Self.maxCheckpointBytes, (try? RunResult.check(json)) != nil else { return nil }
        checkpoint = json
    }
}

extension Duration {
    /// When a run is tried again of which nobody says when: as the default policy has it after a first attempt.
    static var defaultRetry: Duration {
        var generator = SystemRandomNumberGenerator()
        return RetryPolicy.default.delay(afterAttempt: 1, using: &generator)
    }

    /// A delay that a worker asked for, a year at most: the database cannot add just any number to a time.
    fileprivate static func bounded(milliseconds: UInt64) -> Duration {
        .milliseconds(Int64(min(milliseconds, UInt64(RetryPolicy.delays.upperBound) * 1_000)))
    }
}
