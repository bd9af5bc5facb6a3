import Concurrency
import Formats
import Foundation
import JobCore
import QueueFlowWorker
import Synchronization

/// A job as the installation in memory keeps it: what was submitted, where it stands, and when what happened.
///
/// ``JobLifecycle`` decides what may happen; here stands what is put on record besides, as the SQL of the stores does it.
struct StoredJob: Sendable {
    /// An attempt that failed.
    struct FailedAttempt: Sendable {
        var run: Int
        var attempt: Int
        var worker: WorkerID
        var startedAt: Date
        var endedAt: Date
        var kind: String
        var error: String
    }

    let job: NewJob
    let createdAt: Date
    private(set) var lifecycle: JobLifecycle
    /// Since when it may run.
    private(set) var queuedAt: Date?
    /// When it is due, while it waits.
    private(set) var runAt: Date?
    private(set) var startedAt: Date?
    private(set) var finishedAt: Date?
    private(set) var error: String?
    private(set) var result: [UInt8]?
    private(set) var reason: DeadReason?
    private(set) var cancelRequestedAt: Date?
    private(set) var failures: [FailedAttempt] = []
    /// What its handlers said of it.
    let notes = KeptNotes()

    /// A job that is taken now.
    init(_ job: NewJob, at now: Date) {
        let isDue = job.isDue(at: now)
        self.job = job
        createdAt = now
        lifecycle = JobLifecycle(maxAttempts: job.maxAttempts, isDueNow: isDue)
        queuedAt = isDue ? now : nil
        runAt = isDue ? nil : job.runAt
    }

    var id: JobID { job.id }
    var state: JobState { lifecycle.state }

    // MARK: What happens to it

    /// Its time has come, or somebody does not want to wait for it.
    mutating func becomeDue(at now: Date) throws(JobTransitionRejection) {
        try lifecycle.apply(.due)
        (queuedAt, runAt) = (now, nil)
    }

    /// A worker begins a run.
    mutating func claim(by worker: WorkerID, at now: Date) throws(JobTransitionRejection) -> GrantedJob {
        try lifecycle.apply(.claim(run: lifecycle.run + 1, worker: worker))
        startedAt = now
        return GrantedJob(
            key: RunKey(job: id, run: lifecycle.run),
            backlog: job.backlog,
            attempt: lifecycle.attempt,
            maxAttempts: lifecycle.maxAttempts,
            timeout: job.timeout,
            payload: Data(job.payload),
            trace: job.trace,
            retry: job.retry,
            batch: 0,
            createdAt: createdAt.microsecondsSince1970,
            queuedAt: (queuedAt ?? createdAt).microsecondsSince1970,
            tags: job.tags,
            checkpoint: notes.checkpoint
        )
    }

    /// A run ended.
    mutating func end(_ fence: RunFence, _ outcome: RunOutcome.Kind, at now: Date) throws(JobTransitionRejection) {
        switch outcome {
        case .success(let json):
            try lifecycle.apply(.success(fence))
            result = json
        case .failure(let failure):
            let attempt = lifecycle.attempt
            try lifecycle.apply(.failure(fence, mayRetry: !failure.isFinal))
            error = failure.error
            failures.append(
                FailedAttempt(
                    run: fence.run,
                    attempt: attempt,
                    worker: fence.worker,
                    startedAt: startedAt ?? now,
                    endedAt: now,
                    kind: failure.kind,
                    error: failure.error
                )
            )
            if state == .retrying { wait(failure.retryAfter, from: now) }
            if state == .dead { reason = failure.isFinal ? .discarded : .attemptsExhausted }
        case .release(let delay):
            try lifecycle.apply(delay == nil ? .release(fence) : .snooze(fence))
            if !state.isTerminal { startedAt = nil }
            if let delay, !state.isTerminal { wait(delay, from: now) }
        case .cancelled:
            try lifecycle.apply(.cancelled(fence))
            if !state.isTerminal { startedAt = nil }
        }
        if state.isTerminal { finish(at: now) }
    }

    /// Somebody calls it off.
    mutating func cancel(at now: Date) throws(JobTransitionRejection) {
        try lifecycle.apply(.cancel)
        if state.isTerminal { finish(at: now) } else { cancelRequestedAt = cancelRequestedAt ?? now }
    }

    /// Somebody sends it round again.
    mutating func replay(at now: Date) throws(JobTransitionRejection) {
        try lifecycle.apply(.replay)
        (queuedAt, finishedAt, reason) = (now, nil, nil)
    }

    /// Nobody had a handler for it for too long.
    mutating func bury(at now: Date, because error: String) {
        lifecycle.state = .dead
        (self.error, reason) = (error, .unhandled)
        finish(at: now)
    }

    private mutating func wait(_ delay: Duration, from now: Date) {
        // As the job-service bounds what a worker asks for.
        let milliseconds = min(max(0, delay.millisecondsTruncated), Int64(RetryPolicy.delays.upperBound) * 1_000)
        (queuedAt, runAt) = (nil, now.addingTimeInterval(Double(milliseconds) / 1_000))
    }

    private mutating func finish(at now: Date) {
        (finishedAt, runAt, cancelRequestedAt) = (now, nil, nil)
    }
}

// MARK: As the API shows it

extension StoredJob {
    /// Writes the members that a client reads.
    ///
    /// - Parameter isUnhandled: Whether it waits as no worker has a handler for it; nil when that was not looked for.
    func write(to writer: inout JSONWriter, isUnhandled: Bool? = nil) {
        writer.object { object in
            func text(_ name: String, _ value: String?) {
                if let value { object.member(name, value) }
            }
            object.member("id", id.description)
            object.member("state", state.rawValue)
            object.member("type", job.type.rawValue)
            object.member("queue", job.queue.rawValue)
            object.member("tenant", job.tenant.rawValue)
            object.member("priority", job.priority.rawValue)
            object.member("payload", raw: job.payload)
            object.member("attempt", lifecycle.attempt)
            object.member("max_attempts", lifecycle.maxAttempts)
            object.member("run", lifecycle.run)
            object.member("tags", job.tags)
            text("created_at", RFC3339.string(createdAt))
            text("execute_at", runAt.map(RFC3339.string))
            text("queued_at", queuedAt.map(RFC3339.string))
            text("started_at", startedAt.map(RFC3339.string))
            text("finished_at", finishedAt.map(RFC3339.string))
            text("worker_id", lifecycle.worker?.description)
            text("error", error)
            text("reason", reason?.rawValue)
            text("cancel_requested_at", cancelRequestedAt.map(RFC3339.string))
            if let result { object.member("result", raw: result) }
            if let isUnhandled { object.member("unhandled", isUnhandled) }
            text("parent_id", job.parent?.description)
            notes.writeProgress(to: &object)
        }
    }

    /// Writes its attempts, the newest first: those that failed, and the one that only the job itself tells of.
    func writeAttempts(to writer: inout JSONWriter) {
        writer.array { list in
            let outcome: String? =
                switch state {
                case .running, .completed, .cancelled: state.rawValue
                case .scheduled, .queued, .retrying, .dead: nil
                }
            if let outcome, let worker = lifecycle.worker, let startedAt, failures.last?.run != lifecycle.run {
                list.object {
                    $0.member("run", lifecycle.run)
                    $0.member("attempt", lifecycle.attempt)
                    $0.member("outcome", outcome)
                    $0.member("worker_id", worker.description)
                    $0.member("started_at", RFC3339.string(startedAt))
                    if let finishedAt { $0.member("ended_at", RFC3339.string(finishedAt)) }
                }
            }
            for failure in failures.reversed() {
                list.object {
                    $0.member("run", failure.run)
                    $0.member("attempt", failure.attempt)
                    $0.member("outcome", "failed")
                    $0.member("kind", failure.kind)
                    $0.member("error", failure.error)
                    $0.member("worker_id", failure.worker.description)
                    $0.member("started_at", RFC3339.string(failure.startedAt))
                    $0.member("ended_at", RFC3339.string(failure.endedAt))
                }
            }
        }
    }
}

/// What a job's handlers said of it: the last progress and checkpoint, and as many lines as an installation keeps.
final class KeptNotes: Sendable {
    private struct State {
        var progress: (said: RunNote.Progress, run: Int, at: Date)?
        var lines: [(run: Int, line: RunNote.Line, at: Date)] = []
        var checkpoint: [UInt8]?
    }

    private let state = Mutex(State())

    /// What the next attempt is given.
    var checkpoint: [UInt8]? { state.withLock(\.checkpoint) }

    var progress: RunNote.Progress? { state.withLock { $0.progress?.said } }

    var lines: [RunNote.Line] { state.withLock { $0.lines.map(\.line) } }

    func keep(_ note: RunNote, at now: Date) {
        let run = note.source.fence.run
        state.withLock { state in
            if let progress = note.progress { state.progress = (progress, run, now) }
            state.checkpoint = note.checkpoint ?? state.checkpoint
            state.lines.removeAll { $0.run <= run - RunNote.maxLoggedRuns }
            for line in note.lines {
                state.lines.removeAll { $0.run == run && $0.line.number + RunNote.maxLines <= line.number }
                state.lines.append((run, line, now))
            }
        }
    }

    func writeProgress(to object: inout JSONWriter) {
        guard let (said, run, at) = state.withLock(\.progress) else { return }
        object.name("progress")
        object.object {
            $0.member("fraction", said.fraction)
            $0.member("message", said.message)
            $0.member("run", run)
            $0.member("at", RFC3339.string(at))
        }
    }

    /// Writes the lines, the newest first.
    func writeLines(to writer: inout JSONWriter, run: Int?, limit: Int) {
        let lines = state.withLock(\.lines).filter { run == nil || $0.run == run }
        writer.array { list in
            for (run, line, at) in lines.reversed().prefix(limit) {
                list.object {
                    $0.member("run", run)
                    $0.member("number", line.number)
                    $0.member("at", RFC3339.string(at))
                    $0.member("level", line.level)
                    $0.member("message", line.message)
                }
            }
        }
    }
}
