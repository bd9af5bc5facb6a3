import Foundation

/// Looks for jobs that waited although they could have been served, and for runs of queues that were paused. Pure.
///
/// With a backlog a job may wait for long. It is stuck when, in quiet time, nothing of its backlog started for two leases, or jobs that
/// were queued after it did and it still had to wait that long. What is paused, or of a type that no worker was there for, waits by right.
struct PromptnessCheck: Sendable {
    /// How long a job may be due, wait or go on after its time, in seconds: two leases, and what it takes to notice and to commit.
    static let limit = 2 * InvariantChecker.lease + 5
    /// How soon nothing of a queue starts that was paused, in seconds: what was granted before waits for a second at most.
    static let pauseLimit = 2.5
    /// How long a worker needs to be there after it was started.
    private static let joining = 3.0
    /// By how much a transaction that came first may be committed last.
    private static let lateness = 1.0

    /// What is known of the waiting of all jobs of one backlog.
    private struct Line {
        var quiet: QuietTime
        /// When runs of it started, in order, and the long times between them.
        var starts: [Date]
        var gaps: [QuietTime.Span] = []
        /// When its jobs were queued, in order, and the first start of any that was queued then or later.
        var queued: [Date] = []
        var firstStarts: [Date] = []
    }

    private let evidence: Evidence
    private let blows: [QuietTime.Span]
    private let lost: [String: [Date]]
    private let failed: [String: [Int: Date]]
    private let kinds: [String: AcceptedJob]

    init(_ evidence: Evidence) {
        self.evidence = evidence
        blows = evidence.blows.compactMap { blow in
            switch blow.fault.kind {
            case .leave, .visit, .hold: nil
            case .lock where blow.fault.isMild: .init(from: blow.began, to: blow.ended.addingTimeInterval(1))
            default: .init(from: blow.began, to: blow.ended.addingTimeInterval(InvariantChecker.recoveryLimit))
            }
        }
        lost = Dictionary(grouping: evidence.attempts.filter { $0.kind == "lost" }, by: \.job)
            .mapValues { $0.map(\.ended) }
        failed = evidence.attempts.filter { $0.kind != "lost" }.reduce(into: [:]) {
            $0[$1.job, default: [:]][$1.run] = $1.ended
        }
        kinds = Dictionary(evidence.accepted.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The violations, in words.
    var violations: [String] {
        let backlogs = Dictionary(grouping: evidence.records, by: \.backlog)
        let places = Dictionary(evidence.records.map { ($0.id, $0.backlog) }, uniquingKeysWith: { first, _ in first })
        let starts = Dictionary(grouping: evidence.ledger.filter { $0.event == .start }) { places[$0.job] }
        var violations = brokenPauses(places)
        for (backlog, records) in backlogs {
            let line = line(of: backlog, records, (starts[backlog] ?? []).map(\.time))
            for record in records {
                if let problem = problem(of: record, in: line) {
                    violations.append(
                        "\(record.mark ?? "?") (\(record.id)) of \(backlog.tenant)/\(backlog.queue) \(problem)"
                    )
                }
            }
        }
        return violations
    }

    private func quietTime(of backlog: Evidence.Backlog) -> QuietTime {
        var disturbances = blows
        for pause in evidence.pauses
        where pause.queue.name == backlog.queue && pause.queue.tenant.rawValue == backlog.tenant {
            disturbances.append(.init(from: pause.asked, to: pause.resumed))
        }
        if backlog.type == LedgerHandler.special {
            for blow in evidence.blows where blow.fault.target == .node(.specialist) {
                disturbances.append(.init(from: blow.began, to: blow.ended.addingTimeInterval(Self.joining)))
            }
        }
        return QuietTime(between: disturbances)
    }

    private func line(of backlog: Evidence.Backlog, _ records: [Evidence.Record], _ starts: [Date]) -> Line {
        var line = Line(quiet: quietTime(of: backlog), starts: (starts + records.compactMap(\.started)).sorted())
        line.gaps = zip(line.starts, line.starts.dropFirst()).filter { $1.timeIntervalSince($0) > Self.limit }
            .map { .init(from: $0, to: $1) }
        let served = records.compactMap { record in record.queued.flatMap { at in record.started.map { (at, $0) } } }
            .sorted { $0.0 < $1.0 }
        line.queued = served.map(\.0)
        line.firstStarts = served.map(\.1)
        for index in served.indices.dropLast().reversed() {
            line.firstStarts[index] = min(line.firstStarts[index], line.firstStarts[index + 1])
        }
        return line
    }

    // MARK: Waiting

    private func problem(of record: Evidence.Record, in line: Line) -> String? {
        guard let queued = record.queued, let finished = record.finished else { return nil }
        if let due = dueTime(of: record), line.quiet.seconds(from: due, to: queued) > Self.limit {
            return "was queued \(queued.timeIntervalSince(due).tenths) s after it was due"
        }
        let end = record.started ?? finished
        let since = max(queued, lost[record.id]?.filter { $0 <= end }.max() ?? queued)
        if line.quiet.seconds(from: since, to: end) > Self.limit {
            if let stall = stall(in: line, from: since, to: end) {
                return
                    "waited \(end.timeIntervalSince(since).tenths) s, \(stall.tenths) s of them with nothing of its backlog being started"
            }
            if let overtaken = overtaking(of: queued, in: line), overtaken < end,
                line.quiet.seconds(from: max(overtaken, since), to: end) > Self.limit
            {
                return """
                    waited \(end.timeIntervalSince(since).tenths) s, \(end.timeIntervalSince(overtaken).tenths) s of them after a \
                    later one of its backlog had been started
                    """
            }
        }
        let longest = Double(Submission.longestRun) / 1_000 + Self.limit
        if let started = record.started, line.quiet.seconds(from: started, to: finished) > longest {
            return "was running for \(finished.timeIntervalSince(started).tenths) s"
        }
        return nil
    }

    /// When a job was due that was not queued from the beginning.
    private func dueTime(of record: Evidence.Record) -> Date? {
        if let failure = failed[record.id]?[record.run - 1] {
            return failure.addingTimeInterval(Submission.Retry().base)
        }
        guard let job = kinds[record.id], job.kind == .delayed, record.run <= 1 else { return nil }
        return job.answered.addingTimeInterval(Submission.longestDelay)
    }

    /// The longest quiet time without a start, if that is too long.
    private func stall(in line: Line, from: Date, to: Date) -> Double? {
        let first = line.starts.partitioningIndex { $0 > from }
        let last = line.starts.partitioningIndex { $0 >= to }
        // Between the first and the last start in that time, only the long gaps of the line can matter.
        var gaps = first < last ? line.gaps.filter { $0.from >= from && $0.to <= to } : []
        gaps.append(.init(from: from, to: first < last ? line.starts[first] : to))
        if first < last { gaps.append(.init(from: line.starts[last - 1], to: to)) }
        let longest = gaps.map { line.quiet.seconds(from: $0.from, to: $0.to) }.max() ?? 0
        return longest > Self.limit ? longest : nil
    }

    /// When a job first started that had been queued after the given time.
    private func overtaking(of queued: Date, in line: Line) -> Date? {
        let next = line.queued.partitioningIndex { $0 > queued.addingTimeInterval(Self.lateness) }
        return next < line.firstStarts.count ? line.firstStarts[next] : nil
    }

    // MARK: Pauses

    private func brokenPauses(_ places: [String: Evidence.Backlog]) -> [String] {
        let quiet = QuietTime(between: blows)
        let starts = evidence.ledger.filter { $0.event == .start }.sorted { $0.time < $1.time }
        var violations: [String] = []
        for pause in evidence.pauses {
            guard let held = pause.held else { continue }
            let first = starts.partitioningIndex { $0.time > held }
            for start in starts[first...] {
                guard start.time < pause.resuming else { break }
                guard let place = places[start.job], place.queue == pause.queue.name,
                    place.tenant == pause.queue.tenant.rawValue,
                    quiet.seconds(from: held, to: start.time) > Self.pauseLimit
                else { continue }
                let late = start.time.timeIntervalSince(held).tenths
                violations.append("\(start.worker) started \(start.job) \(late) s after \(pause.queue) was paused")
            }
        }
        return violations
    }
}

extension Array {
    /// Where the elements begin for which a condition holds, when it holds for all that come after the first such.
    fileprivate func partitioningIndex(where isMeant: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isMeant(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Time in which nothing stood in the way of the platform: all of it but when something did.
struct QuietTime: Sendable {
    /// From when to when.
    struct Span: Hashable, Sendable {
        var from: Date
        var to: Date
    }

    private let disturbances: [Span]

    /// The time that is left of disturbances, which may overlap.
    init(between disturbances: [Span]) {
        var merged: [Span] = []
        for next in disturbances.sorted(by: { $0.from < $1.from }) {
            if let last = merged.last, last.to >= next.from {
                merged[merged.count - 1].to = max(last.to, next.to)
            } else {
                merged.append(next)
            }
        }
        self.disturbances = merged
    }

    /// How many seconds of it lie between two times.
    func seconds(from: Date, to: Date) -> Double {
        guard from < to else { return 0 }
        var length = to.timeIntervalSince(from)
        for disturbance in disturbances where disturbance.to > from && disturbance.from < to {
            length -= min(disturbance.to, to).timeIntervalSince(max(disturbance.from, from))
        }
        return length
    }
}
