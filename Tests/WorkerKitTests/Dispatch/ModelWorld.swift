import Foundation
import JobCore

@testable import QueueFlowWorker

/// The database and the job-service as one worker sees them: what is asked of them they do as `grant_runs.sql`, `release_jobs.sql` and
/// `held_runs.sql` do.
struct ModelWorld {
    struct Job {
        let id: JobID
        let backlog: Backlog
        let bytes: Int
        var queuedAt: Int64
        /// How many runs it has had.
        var run = 0
        var state = JobState.queued
        var isCancelled = false
    }

    enum JobState: Equatable {
        /// It waits for a worker.
        case queued
        /// This worker has it.
        case running
        /// Another worker has it.
        case elsewhere
        /// It waits for its time.
        case delayed
        case ended
    }

    /// What the job-service answers to an exchange.
    struct Answer {
        var sequence: UInt64
        var granted: [GrantedJob] = []
        var pulled: [(isExhausted: Bool, reached: Int64?)] = []
        var isCut = false
        /// Runs that were spoken of and are not the worker's.
        var lost: [RunKey] = []
        /// What was pulled.
        var pulls: [BacklogHint] = []
    }

    /// A job that may be granted to an exchange, for a pull of it or by name.
    private typealias Candidate = (exchange: Int, pull: Int?, job: Int)

    /// How many bytes of payload are given to a worker before it gets no further run.
    static let maxGrantBytes = 2_000

    private(set) var jobs: [Job] = []
    private var places: [JobID: Int] = [:]
    /// The jobs that wait, of each backlog.
    private(set) var queued: [Backlog: Set<Int>] = [:]
    /// The jobs that wait and of which the worker was told.
    private(set) var known: Set<Int> = []
    var paused: Set<TenantQueue> = []
    /// The jobs that another transaction holds now.
    var locked: Set<Int> = []
    /// The jobs that a transaction of the worker's other exchange holds now.
    private var lockedByOther: Set<Int> = []
    /// Whether the worker has a lease.
    private(set) var hasLease = false
    /// The runs of each claim batch that is not closed.
    private(set) var batches: [Int64: [RunKey]] = [:]
    private var lastBatch: Int64 = 0
    /// How many lines each run has logged, as its handler knows.
    var said: [RunKey: Int] = [:]
    /// How many of them are on record.
    private var heard: [RunKey: Int] = [:]
    /// What was recorded and must not have been.
    private(set) var brokenLaw: String?
    /// The database's clock, in microseconds.
    private(set) var clock: Int64 = 1_000
    /// Records that are to be published about jobs that were queued again.
    var toPublish: [Int] = []

    // MARK: Jobs

    mutating func advance(by microseconds: Int64) { clock += microseconds }

    /// Stores a job. One whose transaction took long is seen later than its time says.
    mutating func submit(_ backlog: Backlog, bytes: Int, lateBy: Int64) -> Int {
        let number = UInt64(jobs.count)
        var id = uuid_t(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &id) { $0.storeBytes(of: number, as: UInt64.self) }
        let job = Job(id: JobID(UUID(uuid: id)), backlog: backlog, bytes: bytes, queuedAt: clock - lateBy)
        places[job.id] = jobs.count
        jobs.append(job)
        queued[backlog, default: []].insert(jobs.count - 1)
        return jobs.count - 1
    }

    /// The run that a job may start.
    func nextRun(_ place: Int) -> RunKey { RunKey(job: jobs[place].id, run: jobs[place].run + 1) }

    func doorbell(_ place: Int, hasMore: Bool = false) -> JobDoorbell {
        let job = jobs[place]
        return JobDoorbell(key: nextRun(place), hint: BacklogHint(job.backlog, since: job.queuedAt), hasMore: hasMore)
    }

    /// The sweep's hints: since when each backlog that is not paused waits.
    func hints() -> [BacklogHint] {
        queued.compactMap { backlog, places in
            guard !paused.contains(backlog.tenantQueue), let since = places.map({ jobs[$0].queuedAt }).min() else {
                return nil
            }
            return BacklogHint(backlog, since: since)
        }.sorted { "\($0)" < "\($1)" }
    }

    mutating func change(_ place: Int, to state: JobState) {
        let backlog = jobs[place].backlog
        if jobs[place].state == .queued {
            queued[backlog]?.remove(place)
            if queued[backlog]?.isEmpty ?? false { queued[backlog] = nil }
            known.remove(place)
        }
        jobs[place].state = state
        if state == .queued { queued[backlog, default: []].insert(place) }
    }

    /// Another worker takes a job.
    mutating func takeElsewhere(_ place: Int) {
        jobs[place].run += 1
        change(place, to: .elsewhere)
    }

    /// A job is queued again, in the place that it had or at the end.
    mutating func requeue(_ place: Int, atEnd: Bool) {
        if atEnd { jobs[place].queuedAt = clock }
        change(place, to: .queued)
        toPublish.append(place)
    }

    /// Cancels a job.
    ///
    /// - Returns: The run to stop, if the worker has it.
    mutating func cancel(_ place: Int) -> RunKey? {
        switch jobs[place].state {
        case .queued, .delayed:
            change(place, to: .ended)
            return nil
        case .running:
            jobs[place].isCancelled = true
            return RunKey(job: jobs[place].id, run: jobs[place].run)
        case .elsewhere, .ended: return nil
        }
    }

    /// The runs of the worker that are to be stopped.
    var cancelledRuns: [RunKey] {
        jobs.filter { $0.state == .running && $0.isCancelled }.map { RunKey(job: $0.id, run: $0.run) }
    }

    // MARK: What the worker knows

    /// The worker is told of a run. (While its queue is paused that counts for nothing: it is told again when the queue is resumed.)
    mutating func told(of key: RunKey) {
        guard let place = places[key.job], jobs[place].state == .queued, jobs[place].run + 1 == key.run,
            !paused.contains(jobs[place].backlog.tenantQueue)
        else { return }
        known.insert(place)
    }

    /// The worker is told of a backlog.
    mutating func told(of hint: BacklogHint) {
        guard !paused.contains(hint.backlog.tenantQueue) else { return }
        for place in queued[hint.backlog] ?? [] where jobs[place].queuedAt >= hint.since { known.insert(place) }
    }

    /// The worker cannot be expected to know of a queue's jobs until it is told again.
    mutating func forget(_ queue: TenantQueue) {
        known = known.filter { jobs[$0].backlog.tenantQueue != queue }
    }

    // MARK: Sessions and leases

    /// The worker says hello: what it does not name is given back.
    ///
    /// - Returns: Whether it had a lease.
    mutating func hello(naming runs: [RunKey]) -> Bool {
        let named = Set(runs)
        for place in jobs.indices where jobs[place].state == .running {
            if !named.contains(RunKey(job: jobs[place].id, run: jobs[place].run)) { release(place, delayed: false) }
        }
        defer { hasLease = true }
        return hasLease
    }

    /// The worker's lease ends, and its jobs are taken back.
    mutating func endLease() {
        hasLease = false
        batches = [:]
        for place in jobs.indices where jobs[place].state == .running { release(place, delayed: false) }
    }

    /// Whether the worker has the run by the record.
    func isRunning(_ key: RunKey) -> Bool {
        places[key.job].map { jobs[$0].state == .running && jobs[$0].run == key.run } ?? false
    }

    private mutating func release(_ place: Int, delayed: Bool) {
        if jobs[place].isCancelled {
            change(place, to: .ended)
        } else if delayed {
            change(place, to: .delayed)
        } else {
            requeue(place, atEnd: false)
        }
    }

    // MARK: Exchanges

    /// Carries exchanges out in one transaction.
    ///
    /// - Parameter isPresent: Whether they come from the worker's present session: others are given nothing.
    mutating func carryOut(_ exchanges: [OutgoingExchange], isPresent: Bool) -> [Answer] {
        let lost = exchanges.map { record($0) }
        guard isPresent, hasLease else { return exchanges.map { refusal($0, isPresent: isPresent) } }
        return add(lost, to: grant(candidates(of: exchanges), exchanges))
    }

    private func add(_ lost: [[RunKey]], to answers: [Answer]) -> [Answer] {
        zip(answers, lost).map { answer, lost in
            var answer = answer
            answer.lost = lost
            return answer
        }
    }

    /// Carries two exchanges out in two transactions at the same time: the second one passes over what the first one has locked, and may
    /// yet have no room for.
    mutating func carryOut(_ first: OutgoingExchange, besides second: OutgoingExchange) -> [Answer] {
        let lost = [record(first), record(second)]
        guard hasLease else { return [first, second].map { refusal($0, isPresent: true) } }
        let firsts = candidates(of: [first])
        lockedByOther = Set(firsts.map(\.job))
        defer { lockedByOther = [] }
        return add(lost.reversed(), to: grant(candidates(of: [second]), [second]) + grant(firsts, [first]))
    }

    /// - Returns: The runs that were spoken of and are not the worker's.
    private mutating func record(_ exchange: OutgoingExchange) -> [RunKey] {
        var lost: [RunKey] = []
        for (key, notes) in exchange.notes + exchange.outcomes.compactMap({ run in run.notes.map { (run.key, $0) } }) {
            guard isRunning(key) else {
                lost.append(key)
                continue
            }
            for line in notes.lines {
                let next = heard[key] ?? 0
                if line.number > next { brokenLaw = "line \(line.number) of \(key) is heard before line \(next)" }
                heard[key] = max(next, line.number + 1)
            }
        }
        for outcome in exchange.outcomes { record(outcome) }
        for batch in exchange.closedBatches { batches[batch] = nil }
        return lost
    }

    /// What may be granted, in the order in which bytes are given out.
    private mutating func candidates(of exchanges: [OutgoingExchange]) -> [Candidate] {
        var given = lockedByOther
        var candidates: [Candidate] = []
        for (index, exchange) in exchanges.enumerated() {
            for claim in exchange.claims {
                guard let place = places[claim.job], jobs[place].state == .queued, jobs[place].run + 1 == claim.run
                else { continue }
                if paused.contains(jobs[place].backlog.tenantQueue) || locked.contains(place) {
                    known.remove(place)
                } else if given.insert(place).inserted {
                    candidates.append((index, nil, place))
                }
            }
        }
        var starts: [Backlog: Int64] = [:]
        for pull in exchanges.flatMap(\.pulls) {
            starts[pull.hint.backlog] = min(starts[pull.hint.backlog] ?? .max, pull.hint.since)
        }
        for (index, exchange) in exchanges.enumerated() {
            for (number, pull) in exchange.pulls.enumerated() {
                for place in pulled(pull, from: starts[pull.hint.backlog] ?? 0, but: given) {
                    given.insert(place)
                    candidates.append((index, number, place))
                }
            }
        }
        return candidates
    }

    /// The answer to a worker without a lease, which finds nothing. It will say hello again, and hear of what waits.
    private mutating func refusal(_ exchange: OutgoingExchange, isPresent: Bool) -> Answer {
        if isPresent {
            for claim in exchange.claims { known.remove(places[claim.job] ?? 0) }
            let pulled = Set(exchange.pulls.map(\.hint.backlog))
            known = known.filter { !pulled.contains(jobs[$0].backlog) }
        }
        return Answer(sequence: exchange.sequence, pulled: exchange.pulls.map { _ in (true, nil) })
    }

    /// The jobs that a pull finds.
    private mutating func pulled(
        _ pull: (hint: BacklogHint, limit: Int),
        from start: Int64,
        but given: Set<Int>
    ) -> [Int] {
        let backlog = pull.hint.backlog
        if paused.contains(backlog.tenantQueue) {
            forget(backlog.tenantQueue)
            return []
        }
        let there = (queued[backlog] ?? []).filter { jobs[$0].queuedAt >= start && !given.contains($0) }
        // Who passes over a job that another transaction holds believes that it is taken.
        for place in there where locked.contains(place) { known.remove(place) }
        return there.filter { !locked.contains($0) }
            .sorted { (jobs[$0].queuedAt, $0) < (jobs[$1].queuedAt, $1) }
            .prefix(pull.limit).map { $0 }
    }

    private mutating func grant(_ candidates: [Candidate], _ exchanges: [OutgoingExchange]) -> [Answer] {
        var answers = exchanges.map { Answer(sequence: $0.sequence) }
        var bytes = 0
        var isCut = false
        var counts = exchanges.map { Array(repeating: 0, count: $0.pulls.count) }
        var reached = exchanges.map { Array(repeating: Int64?.none, count: $0.pulls.count) }
        if !candidates.isEmpty { lastBatch += 1 }
        for (exchange, pull, place) in candidates {
            guard bytes < Self.maxGrantBytes else {
                isCut = true
                break
            }
            bytes += jobs[place].bytes
            jobs[place].run += 1
            change(place, to: .running)
            let job = jobs[place]
            let run = GrantedJob(
                key: RunKey(job: job.id, run: job.run),
                backlog: job.backlog,
                attempt: 1,
                maxAttempts: 5,
                timeout: job.queuedAt % 3 == 0 ? .milliseconds(500) : nil,
                payload: Data(),
                batch: lastBatch,
                queuedAt: job.queuedAt
            )
            batches[lastBatch, default: []].append(run.key)
            answers[exchange].granted.append(run)
            if let pull {
                counts[exchange][pull] += 1
                reached[exchange][pull] = max(reached[exchange][pull] ?? 0, job.queuedAt)
            }
        }
        for index in answers.indices {
            answers[index].isCut = isCut
            answers[index].pulls = exchanges[index].pulls.map(\.hint)
            answers[index].pulled = exchanges[index].pulls.indices.map {
                (!isCut && counts[index][$0] < exchanges[index].pulls[$0].limit, reached[index][$0])
            }
        }
        return answers
    }

    private mutating func record(_ finished: FinishedRun) {
        guard isRunning(finished.key), let place = places[finished.key.job] else { return }
        if heard[finished.key] != said[finished.key] {
            brokenLaw = "\(finished.key) ends before all that it said is on record"
        }
        switch finished.outcome {
        case .success: change(place, to: .ended)
        case .failure(let failure): change(place, to: failure.isFinal || jobs[place].isCancelled ? .ended : .delayed)
        case .release(let delay): release(place, delayed: delay != nil)
        case .cancelled: release(place, delayed: false)
        }
    }
}
