/// What clients and operators do besides the steady flow of jobs, and when: it follows from the seed alone.
struct WorkPlan: Sendable {
    /// How many jobs of backlogs there are for each second of a run: what a machine with two cores works off besides all the rest.
    static let backlogRate: Int = {
        #if DEBUG
        100
        #else
        1_000
        #endif
    }()

    /// The most jobs of a backlog.
    static let deepest = 100_000

    private(set) var surges: [Surge] = []
    private(set) var pauses: [Pause] = []

    /// A plan for so much time.
    init(seed: UInt64, duration: Duration) {
        var generator = SeededGenerator(seed: seed ^ 0x7375_7267_65)
        let total = duration / .seconds(1)
        let rounds = max(1, Int(total / FaultPlan.round))
        let length = total / Double(rounds)
        let jobs = total * Double(Self.backlogRate) / Double(rounds)
        for round in 0..<rounds {
            let start = Double(round) * length
            func time(_ range: ClosedRange<Double>) -> Double {
                start + length * .random(in: range, using: &generator)
            }
            // One for the storm, and one that may still be there in the end.
            let share = Double.random(in: 0.3...0.7, using: &generator)
            let queues = ChaosQueue.deep.shuffled(using: &generator)
            for (queue, share, range) in [(queues[0], share, 0.1...0.45), (queues[1], 1 - share, 0.6...0.95)] {
                let seconds = time(range)
                add(.backlog, max(1, min(Self.deepest, Int(jobs * share))), queue, at: seconds)
                // It may be there at once when the queue is resumed.
                let length = min(.random(in: 4...12, using: &generator), total - seconds - 1)
                if Bool.random(using: &generator), length > 0 {
                    pauses.append(Pause(queue: queue, at: seconds - 1, for: length))
                }
            }
            for _ in 0..<2 {
                add(
                    .queues,
                    .random(in: 100...500, using: &generator),
                    generator.pick(ChaosQueue.steady),
                    at: time(0.1...0.9)
                )
            }
            add(.errors, max(1, Int(jobs / 50)), generator.pick(ChaosQueue.steady), at: time(0.2...0.9))
            add(.results, 40, generator.pick(ChaosQueue.steady), at: time(0.2...0.9))
        }
        var now = 2.0
        while now < total - 3 {
            now += .random(in: 1...8, using: &generator)
            let length = min(.random(in: 1...12, using: &generator), total - 1 - now)
            guard length > 0 else { break }
            pauses.append(Pause(queue: generator.pick(ChaosQueue.steady), at: now, for: length))
            now += length
        }
    }

    private mutating func add(_ kind: Surge.Kind, _ jobs: Int, _ queue: ChaosQueue, at seconds: Double) {
        surges.append(Surge(kind: kind, queue: queue, jobs: jobs, start: .milliseconds(Int(seconds * 1000))))
    }
}

/// Many jobs at once.
struct Surge: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Quick jobs in one queue, many more than anybody could hold in memory.
        case backlog
        /// A queue for each job.
        case queues
        /// Jobs that fail for good, with errors as long as are kept.
        case errors
        /// Jobs with results as large as are kept.
        case results
    }

    var kind: Kind
    /// The queue; what the names of the queues begin with if there are many.
    var queue: ChaosQueue
    var jobs: Int
    /// When they are submitted, from the beginning of the run.
    var start: Duration

    var description: String { "\(jobs) jobs (\(kind.rawValue)) to \(queue)" }

    /// The kind of its jobs.
    var jobKind: JobKind {
        switch kind {
        case .backlog, .queues: .bulk
        case .errors: .doomed
        case .results: .large
        }
    }

    /// One of its jobs.
    func submission(_ number: Int, mark: String, using generator: inout SeededGenerator) -> Submission {
        var queue = queue
        if kind == .queues { queue.name += ".\(number)" }
        var submission = Submission(jobKind, mark: mark, queue: queue, using: &generator)
        submission.priority = kind == .backlog ? "normal" : submission.priority
        switch kind {
        case .errors:
            submission.payload.errorBytes = 16_384
            submission.max_attempts = 1
        // All the payloads together would be more than a request may have.
        case .results: submission.payload.padding = nil
        case .backlog, .queues: break
        }
        return submission
    }
}

/// A time for which a queue is paused.
struct Pause: Hashable, Sendable, CustomStringConvertible {
    var queue: ChaosQueue
    /// When it is paused, from the beginning of the run.
    var start: Duration
    var duration: Duration

    init(queue: ChaosQueue, at seconds: Double, for length: Double) {
        self.queue = queue
        start = .milliseconds(Int(max(0, seconds) * 1000))
        duration = .milliseconds(Int(length * 1000))
    }

    var end: Duration { start + duration }

    var description: String { "pause \(queue) for \(duration.inSeconds) s" }
}
