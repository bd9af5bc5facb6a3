import Concurrency
import DequeModule
import Formats
import Foundation
import JobCore
import QueueFlowWorker

/// An installation in memory: its jobs, its time, and the workers that run them.
///
/// What may happen to a job ``JobLifecycle`` says, which backlog's turn it is ``FairPicker``, and what a run comes to is found out by the
/// parts that a worker at work uses. Time passes only when it is told to.
actor Installation {
    /// What time brings.
    private enum Event {
        /// A job's time or backoff is over.
        case due(JobID)
        /// A run's time is up.
        case timeout(RunKey)
        /// Nobody has had a handler for a job's type for too long, unless somebody has.
        case unhandled(JobID)
    }

    /// A worker that was started.
    struct StartedWorker {
        let id: WorkerID
        let worker: Worker
        let runner: JobRunner
    }

    /// What the job-services' setting `UNHANDLED_TYPE_TTL` is unless given.
    private static let unhandledTypeTTL: TimeInterval = 86_400
    /// For how long an idempotency key is remembered unless the installation is set up otherwise.
    private static let keyLifetime: TimeInterval = 86_400

    /// The present time.
    private(set) var now: Date
    private var jobs: [JobID: StoredJob] = [:]
    /// In the order of their coming.
    private var order: [JobID] = []
    private var keys: [IdempotencyKey: (request: IdempotentRequest, job: JobID, until: Date)] = [:]
    private var workers: [StartedWorker] = []
    private var handlersLeftAt = Date.distantPast
    private var paused: Set<QueueName> = []
    /// The queued jobs of each backlog, those first that have been queued for longest.
    private var backlogs: [Backlog: Deque<JobID>] = [:]
    private var picker = FairPicker()
    /// The backlogs that the picker knows.
    private var offered: Set<Backlog> = []
    private var timeline = Timeline<Event>()
    private var runs: [RunKey: SingleRun] = [:]
    private var observers: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastObserver = 0
    private var ids = CountingGenerator()

    /// An installation without jobs.
    init(startingAt now: Date) {
        self.now = Date(microsecondsSince1970: now.microsecondsSince1970)
    }

    // MARK: Workers

    /// Starts a worker, once its hooks have run.
    func start(_ worker: Worker) async throws {
        try await worker.started()
        workers.append(StartedWorker(id: .make(), worker: worker, runner: worker.runner))
    }

    /// Ends the workers: their runs are told to stop and given back.
    func stop() async {
        let stopped = workers
        (workers, handlersLeftAt) = ([], now)
        for run in runs.values { run.stop(because: .draining) }
        await wait { $0.runs.isEmpty }
        for job in jobs.values where job.state == .queued { awaitHandler(of: job) }
        for worker in stopped { await worker.worker.stopped() }
    }

    /// Whether a worker has a handler for a type.
    func isHandled(_ type: JobType) -> Bool {
        worker(for: type) != nil
    }

    private func worker(for type: JobType) -> StartedWorker? {
        workers.first { $0.runner.handles(type) }
    }

    /// Holds a queue back, or lets it go on.
    func setPaused(_ isPaused: Bool, _ queue: QueueName) {
        if isPaused { paused.insert(queue) } else { paused.remove(queue) }
    }

    // MARK: Jobs

    /// What became of a submission.
    enum Submission {
        case stored(StoredJob)
        case repeated(StoredJob)
        case keyReused
    }

    /// Takes a job, unless its request was sent before.
    func submit(_ job: NewJob) -> Submission {
        if let request = job.request {
            if let held = keys[request.key], held.until > now, let first = jobs[held.job] {
                return held.request.fingerprint == request.fingerprint ? .repeated(first) : .keyReused
            }
            keys[request.key] = (request, job.id, now.addingTimeInterval(Self.keyLifetime))
        }
        let stored = StoredJob(job, at: now)
        order.append(job.id)
        changed(stored)
        return .stored(stored)
    }

    /// An id for a job that is submitted now: later ones are greater.
    func newID() -> JobID { JobID(at: now, using: &ids) }

    /// A job; nil when there is none.
    func job(_ id: JobID) -> StoredJob? { jobs[id] }

    /// All jobs, the newest first.
    var newestJobs: [StoredJob] { order.reversed().compactMap { jobs[$0] } }

    /// Calls a job off; a run is told to stop.
    ///
    /// - Returns: The job as it is then; nil when there is none.
    func cancel(_ id: JobID) throws(JobTransitionRejection) -> StoredJob? {
        guard var job = jobs[id] else { return nil }
        if job.state == .cancelled { return job }
        try job.cancel(at: now)
        changed(job)
        runs[RunKey(job: id, run: job.lifecycle.run)]?.stop(because: .cancelled)
        return job
    }

    /// Queues a job that waits, or sends a dead one round again.
    ///
    /// - Returns: The job as it is then; nil when there is none.
    func retry(_ id: JobID) throws(JobTransitionRejection) -> StoredJob? {
        guard var job = jobs[id] else { return nil }
        if job.state == .dead { try job.replay(at: now) } else { try job.becomeDue(at: now) }
        changed(job)
        return job
    }

    /// Puts a job on record as it has become, and where it belongs now.
    private func changed(_ job: StoredJob) {
        let before = jobs[job.id]?.state
        jobs[job.id] = job
        let backlog = job.job.backlog
        if before == .queued, job.state != .queued {
            if backlogs[backlog]?.first == job.id {
                backlogs[backlog]?.removeFirst()
            } else {
                backlogs[backlog]?.removeAll { $0 == job.id }
            }
            if backlogs[backlog]?.isEmpty == true { backlogs[backlog] = nil }
        }
        switch job.state {
        case .queued where before != .queued:
            backlogs[backlog, default: []].insert(job.id, at: place(of: job, in: backlog))
            awaitHandler(of: job)
        case .scheduled, .retrying:
            if let runAt = job.runAt { timeline.add(.due(job.id), at: runAt) }
        default:
            break
        }
        for observer in observers.values { observer.yield() }
    }

    /// Behind those that were queued before it. A job that was given back has the place that it had.
    private func place(of job: StoredJob, in backlog: Backlog) -> Int {
        func isBefore(_ other: JobID) -> Bool {
            guard let other = jobs[other], let queuedAt = other.queuedAt, let own = job.queuedAt else { return true }
            return (queuedAt, other.id.description) < (own, job.id.description)
        }
        let waiting = backlogs[backlog] ?? []
        return waiting.lastIndex(where: isBefore).map { $0 + 1 } ?? 0
    }

    private func awaitHandler(of job: StoredJob) {
        guard !isHandled(job.job.type), let queuedAt = job.queuedAt else { return }
        timeline.add(.unhandled(job.id), at: max(queuedAt, handlersLeftAt).addingTimeInterval(Self.unhandledTypeTTL))
    }

    // MARK: Runs

    /// A run that ended.
    struct Ended {
        var job: StoredJob
        var attempt: Int
        var run: Int
        var outcome: RunOutcome.Kind
    }

    /// Runs the job whose turn it is.
    ///
    /// - Parameter queue: The queue to take it from; nil means any.
    /// - Returns: What came of it; nil when no job is ready.
    func runNext(from queue: QueueName? = nil) async -> Ended? {
        // What is due at once, such as after a backoff of nothing.
        advance(to: now)
        guard let backlog = nextBacklog(from: queue), let id = backlogs[backlog]?.first, var job = jobs[id],
            let worker = worker(for: backlog.type), let granted = try? job.claim(by: worker.id, at: now)
        else { return nil }
        let run = SingleRun(
            of: granted,
            by: worker.runner,
            submit: { [unowned self] in try await submit($1, of: $0) },
            keep: { [notes = job.notes, now] in notes.keep($0, at: now) }
        )
        let key = granted.key
        runs[key] = run
        if let timeout = run.granted.timeout {
            timeline.add(.timeout(key), at: now.addingTimeInterval(timeout.inSeconds))
        }
        changed(job)
        let outcome = await run.outcome()
        runs[key] = nil
        guard var ended = jobs[id] else { return nil }
        // The fence holds: nobody else can have been given the run.
        try? ended.end(RunFence(run: key.run, worker: worker.id), outcome, at: now)
        changed(ended)
        return Ended(job: ended, attempt: granted.attempt, run: key.run, outcome: outcome)
    }

    /// Whose turn it is among the backlogs that may be run.
    private func nextBacklog(from queue: QueueName?) -> Backlog? {
        let ready = backlogs.keys.filter { backlog in
            !paused.contains(backlog.queue) && isHandled(backlog.type) && (queue ?? backlog.queue) == backlog.queue
        }
        for backlog in offered.subtracting(ready) { picker.remove(backlog) }
        // Dictionaries have no order of their own; the one in which backlogs came is the same each time.
        let new = ready.filter { !offered.contains($0) }
            .sorted { (backlogs[$0]?.first?.description ?? "") < (backlogs[$1]?.first?.description ?? "") }
        for backlog in new { picker.add(backlog) }
        offered = Set(ready)
        return picker.next()
    }

    // MARK: Time

    /// When time brings something next; nil when it brings nothing.
    var nextInstant: Date? { timeline.next }

    /// Lets time pass.
    func advance(to date: Date) {
        while let next = timeline.next, next <= date {
            now = max(now, next)
            while let event = timeline.take(at: now) { happen(event) }
        }
        now = max(now, date)
        for observer in observers.values { observer.yield() }
    }

    /// Events are not taken back when what they are about changes, so each is looked at again.
    private func happen(_ event: Event) {
        switch event {
        case .due(let id):
            guard var job = jobs[id], let runAt = job.runAt, runAt <= now, (try? job.becomeDue(at: now)) != nil else {
                return
            }
            changed(job)
        case .timeout(let key):
            runs[key]?.stop(because: .timeout)
        case .unhandled(let id):
            guard var job = jobs[id], job.state == .queued, !isHandled(job.job.type), let queuedAt = job.queuedAt else {
                return
            }
            let until = max(queuedAt, handlersLeftAt).addingTimeInterval(Self.unhandledTypeTTL)
            // What waits in a paused queue, or for any worker at all, waits for something else.
            guard until <= now, !workers.isEmpty, !paused.contains(job.job.queue) else { return }
            job.bury(at: now, because: DeadReason.unhandledError)
            changed(job)
        }
    }

    // MARK: Waiting

    /// Waits until something is so, or the task is cancelled.
    func wait(until isSo: (isolated Installation) -> Bool) async {
        guard !isSo(self) else { return }
        lastObserver += 1
        let number = lastObserver
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        observers[number] = continuation
        defer { observers[number] = nil }
        for await _ in changes where isSo(self) { return }
    }

    /// Waits for a job's end as a client does who asked the API to: meanwhile jobs are run, and time passes.
    func waitForEnd(of id: JobID, within time: TimeInterval) async {
        let deadline = now.addingTimeInterval(time)
        while let job = jobs[id], !job.state.isTerminal, !Task.isCancelled {
            if await runNext() != nil { continue }
            guard let job = jobs[id], !job.state.isTerminal else { return }
            if job.state == .running {
                // Somebody else has it run.
                await wait { $0.jobs[id]?.state != .running }
            } else if let next = timeline.next, next <= deadline {
                advance(to: next)
            } else {
                return advance(to: deadline)
            }
        }
    }
}

/// Numbers that count up: ids that are made at the same time sort in the order in which they were made.
private struct CountingGenerator: RandomNumberGenerator, Sendable {
    private var last: UInt64 = 0

    mutating func next() -> UInt64 {
        last += 1
        return last
    }
}

/// As tests see it: with names and ids as text.
extension Installation {
    /// Runs the job whose turn it is, and tells of it as tests see it.
    func runNext(queue: String?) async -> PerformedRun? {
        guard let ended = await runNext(from: queue.map { QueueName(validated: $0) }) else { return nil }
        let job = ended.job
        return PerformedRun(
            id: job.id.description,
            type: job.job.type.rawValue,
            queue: job.job.queue.rawValue,
            run: ended.run,
            attempt: ended.attempt,
            outcome: JobOutcome(ended.outcome, isLast: ended.attempt >= job.lifecycle.maxAttempts)
        )
    }

    /// Waits until a job runs or has ended.
    func untilRunning(_ id: String) async {
        guard let id = JobID(id) else { return }
        await wait { installation in
            guard let state = installation.job(id)?.state else { return true }
            return state == .running || state.isTerminal
        }
    }

    /// Holds a queue back, or lets it go on.
    func setPaused(_ isPaused: Bool, queue: String) {
        setPaused(isPaused, QueueName(validated: queue))
    }
}

/// What is to happen at a time, in the order of the times, and of what was added where these are the same.
private struct Timeline<Event: Sendable>: Sendable {
    private struct Entry: Sendable {
        var at: Date
        var event: Event
    }

    /// The next one is last, where it is cheap to take out.
    private var entries: [Entry] = []

    /// When the next event is; nil when there is none.
    var next: Date? { entries.last?.at }

    /// Adds an event.
    mutating func add(_ event: Event, at date: Date) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].at > date { low = middle + 1 } else { high = middle }
        }
        entries.insert(Entry(at: date, event: event), at: low)
    }

    /// Takes out the next event if its time has come.
    mutating func take(at now: Date) -> Event? {
        guard let last = entries.last, last.at <= now else { return nil }
        return entries.removeLast().event
    }
}
