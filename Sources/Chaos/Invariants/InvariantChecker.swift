import Foundation

/// Holds the evidence against the eight invariants. Pure.
struct InvariantChecker: Sendable {
    /// How long a worker's lease lasts, in seconds.
    static let lease = 10.0
    /// How long recovery from `kill -9` may take, in seconds.
    static let recoveryLimit = 15.0

    let evidence: Evidence
    private let records: [String: [Evidence.Record]]
    private let starts: [RunKey: [LedgerEntry]]
    private let ends: [RunKey: LedgerEntry]
    private let lastRuns: [String: Int]
    private let lost: Set<RunKey>
    private let workerNames: [String: String]

    private struct RunKey: Hashable {
        var job: String
        var run: Int
    }

    init(_ evidence: Evidence) {
        self.evidence = evidence
        records = Dictionary(grouping: evidence.records, by: \.id)
        starts = Dictionary(grouping: evidence.ledger.filter { $0.event == .start }) {
            RunKey(job: $0.job, run: $0.run)
        }
        ends = Dictionary(
            evidence.ledger.filter { $0.event != .start }.map { (RunKey(job: $0.job, run: $0.run), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        lastRuns = Dictionary(starts.keys.map { ($0.job, $0.run) }, uniquingKeysWith: max)
        lost = Set(evidence.attempts.filter { $0.kind == "lost" }.map { RunKey(job: $0.job, run: $0.run) })
        var names: [String: String] = [:]
        let holders =
            evidence.attempts.map { (RunKey(job: $0.job, run: $0.run), $0.worker) }
            + evidence.records.compactMap { record in
                record.worker.map { (RunKey(job: record.id, run: record.run), $0) }
            }
        for (key, worker) in holders { names[worker] = starts[key]?.first?.worker ?? names[worker] }
        workerNames = names
    }

    /// What became of each promise.
    var findings: [Finding] {
        [
            everyAcceptedJobEnds, oneEnd, oneHolder, leasesHold, nothingWaits, schedulesFireOnce, keysMakeOneJob,
            tenantsAreApart,
        ]
    }

    // MARK: 1

    private var everyAcceptedJobEnds: Finding {
        var violations: [String] = []
        for job in evidence.accepted {
            guard let record = records[job.id]?.first else {
                violations.append("\(job.mark) (\(job.id)) was answered and is gone")
                continue
            }
            if !Self.terminal.contains(record.state) {
                let holder = record.worker.map { ", held by worker \($0)" } ?? ""
                violations.append("\(job.mark) (\(job.id)) is still \(record.state) in run \(record.run)\(holder)")
            } else if !job.kind.ends.contains(record.state) {
                violations.append("\(job.mark) (\(job.id)) ended \(record.state)")
            } else if record.state == "dead",
                record.reason != "attempts_exhausted" || record.attempts < record.maxAttempts
            {
                violations.append(
                    """
                    \(job.mark) (\(job.id)) is dead after \(record.attempts) of \(record.maxAttempts) attempts: \
                    \(record.reason ?? "no reason")
                    """
                )
            }
        }
        return Finding(
            number: 1,
            promise: "a job that was answered 201 reaches its end",
            checked: evidence.accepted.count,
            unit: "jobs",
            violations: violations
        )
    }

    private static let terminal: Set<String> = ["completed", "dead", "cancelled"]

    // MARK: 2

    private var oneEnd: Finding {
        var violations: [String] = []
        for (id, rows) in records {
            if rows.count > 1 {
                violations.append("\(id) is in \(rows.count) tables: \(rows.map(\.state).joined(separator: ", "))")
            }
            guard let record = rows.first, let finished = record.finished else { continue }
            if record.state == "completed" {
                let own = ends[RunKey(job: id, run: record.run)]
                if own?.event != .success {
                    violations.append("\(id) is completed by run \(record.run), which did not succeed")
                }
            }
            if let last = lastRuns[id], last > record.run {
                violations.append("\(id) ended with run \(record.run), yet run \(last) was granted")
            }
            if let start = starts[RunKey(job: id, run: record.run)]?.first, start.time > finished {
                violations.append("\(id) ended before its run \(record.run) began")
            }
        }
        return Finding(
            number: 2,
            promise: "a job ends exactly once, by the run on record",
            checked: records.count,
            unit: "jobs",
            violations: violations
        )
    }

    // MARK: 3

    private var oneHolder: Finding {
        let violations = starts.filter { $0.value.count > 1 }.map { key, entries in
            "run \(key.run) of \(key.job) was executed \(entries.count) times, by \(entries.map(\.worker))"
        }
        return Finding(
            number: 3,
            promise: "no two workers hold the same run",
            checked: starts.count,
            unit: "runs",
            violations: violations
        )
    }

    // MARK: 4

    private var leasesHold: Finding {
        var violations: [String] = []
        for attempt in evidence.attempts where attempt.kind == "lost" {
            guard let name = workerNames[attempt.worker] else { continue }
            if !isDisturbed(name, before: attempt.ended) {
                violations.append("\(name) lost run \(attempt.run) of \(attempt.job) though nothing had happened to it")
            }
        }
        for (key, entries) in starts {
            guard let first = entries.first, let next = starts[RunKey(job: key.job, run: key.run + 1)]?.first,
                !lost.contains(key), !(isBlocking(key.job) && isDisturbed(first.worker, before: next.time))
            else { continue }
            if let end = ends[key], end.time > next.time.addingTimeInterval(0.001) {
                violations.append(
                    "run \(key.run) of \(key.job) went on at \(first.worker) while \(next.worker) had the next one"
                )
            }
        }
        return Finding(
            number: 4,
            promise: "while a worker renews its lease, its jobs are its own",
            checked: starts.count,
            unit: "runs",
            violations: violations,
            figure: "\(lost.count) runs were taken back from lost workers"
        )
    }

    /// Whether a job's handler cannot be stopped: it may go on while its worker ends, and even after that has said goodbye.
    private func isBlocking(_ job: String) -> Bool {
        records[job]?.first?.backlog.type == LedgerHandler.blocking
    }

    /// Whether anything had happened, within two leases, that could keep a worker from renewing its lease.
    private func isDisturbed(_ worker: String, before time: Date) -> Bool {
        evidence.blows.contains { blow in
            guard blow.began < time, blow.ended > time.addingTimeInterval(-2 * Self.lease) else { return false }
            switch blow.fault.target {
            case .node(.postgres), .node(.jobService): return true
            case .node(let node): return node.description == worker
            case .link(let link): return link.from.description == worker || link.to == .postgres
            // Leases are renewed whatever else is locked.
            case .rows(let rows): return rows == .workers || rows == .leases
            case .database: return false
            }
        }
    }

    // MARK: 5

    private var nothingWaits: Finding {
        var violations = PromptnessCheck(evidence).violations
        let recoveries = recoveries
        for (job, seconds) in recoveries where seconds > Self.recoveryLimit {
            violations.append("\(job) ran again only \(seconds.tenths) s after its worker was killed")
        }
        let sorted = recoveries.map(\.seconds).sorted()
        let figure = sorted.last.map { worst in
            "recovery from kill -9: median \(sorted[sorted.count / 2].tenths) s, worst \(worst.tenths) s, \(sorted.count) runs"
        }
        return Finding(
            number: 5,
            promise: "no job is stuck, and none of a paused queue starts",
            checked: evidence.records.count + evidence.pauses.count + recoveries.count,
            unit: "jobs, pauses and recoveries",
            violations: violations,
            figure: figure
        )
    }

    /// How long jobs of killed workers took to run again, where no other fault stood in the way.
    private var recoveries: [(job: String, seconds: Double)] {
        var recoveries: [(job: String, seconds: Double)] = []
        for blow in evidence.blows where blow.fault.kind == .kill {
            guard case .node(.worker) = blow.fault.target, case .node(let node) = blow.fault.target else { continue }
            let horizon = blow.began.addingTimeInterval(Self.recoveryLimit)
            let isAlone = !evidence.blows.contains { other in
                other != blow && other.began < horizon && other.ended > blow.began.addingTimeInterval(-Self.lease)
            }
            guard isAlone else { continue }
            for (key, entries) in starts where ends[key] == nil {
                guard let start = entries.first, start.worker == node.description, start.time < blow.began,
                    start.time > blow.began.addingTimeInterval(-Self.lease),
                    let next = starts[RunKey(job: key.job, run: key.run + 1)]?.first,
                    !wasPaused(key.job, from: blow.began, to: next.time)
                else { continue }
                recoveries.append((key.job, next.time.timeIntervalSince(blow.began)))
            }
        }
        return recoveries
    }

    private func wasPaused(_ job: String, from: Date, to: Date) -> Bool {
        guard let backlog = records[job]?.first?.backlog else { return false }
        return evidence.pauses.contains {
            $0.queue.name == backlog.queue && $0.queue.tenant.rawValue == backlog.tenant && $0.asked < to
                && $0.resumed > from
        }
    }

    // MARK: 6

    private var schedulesFireOnce: Finding {
        var violations: [String] = []
        for (schedule, firings) in Dictionary(grouping: evidence.firings, by: \.schedule) {
            let sorted = firings.sorted { $0.instant < $1.instant }
            for firing in sorted where firing.jobs != 1 {
                violations.append("\(schedule) made \(firing.jobs) jobs for \(firing.instant)")
            }
            for (one, next) in zip(sorted, sorted.dropFirst()) {
                let gap = next.instant.timeIntervalSince(one.instant)
                if gap < 1 { violations.append("\(schedule) fired twice for \(one.instant)") }
                // The other policies leave instants out that were missed.
                if gap > 1, schedule == ChaosSchedule.all.rawValue {
                    violations.append("\(schedule) missed \(Int(gap) - 1) instants after \(one.instant)")
                }
            }
        }
        return Finding(
            number: 6,
            promise: "a schedule fires at most once for an instant, and never misses one if it says so",
            checked: evidence.firings.count,
            unit: "firings",
            violations: violations
        )
    }

    // MARK: 7

    private var keysMakeOneJob: Finding {
        var violations = evidence.accepted.filter { $0.ids.count > 1 }.map { job in
            "the repeats of \(job.mark) were answered with \(job.ids.count) different jobs"
        }
        let marks = Dictionary(grouping: evidence.records.filter { $0.mark != nil }) { $0.mark }
        // The jobs of a batch have no keys, and a batch may be sent again.
        let keys = Set(evidence.accepted.filter { $0.hasKey }.map(\.mark))
        for (mark, rows) in marks {
            guard let mark, keys.contains(mark) else { continue }
            let ids = Set(rows.map(\.id))
            if ids.count > 1 { violations.append("the key \(mark) made \(ids.count) jobs") }
        }
        violations += evidence.wrongRefusals
        return Finding(
            number: 7,
            promise: "an idempotency key makes one job, and repeats are known",
            checked: keys.count,
            unit: "keys",
            violations: violations
        )
    }

    // MARK: 8

    private var tenantsAreApart: Finding {
        Finding(
            number: 8,
            promise: "a tenant sees nothing of another's",
            checked: evidence.tenantProbes,
            unit: "answers",
            violations: evidence.tenantLeaks
        )
    }
}

extension Double {
    /// With one digit behind the point.
    var tenths: String {
        let tenths = (self * 10).rounded()
        return "\(Int(tenths) / 10).\(abs(Int(tenths)) % 10)"
    }
}
