/// How some runs ended, as figures tell of it: counted by type, priority, outcome and what became of the job, with their times.
public struct RunEnds: Sendable {
    /// How a run ended.
    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        case completed
        case failed
        case timedOut = "timed_out"
        case cancelled
        /// The worker's lease ran out.
        case lost
        /// It was given back, to be run by another worker.
        case released
        /// Its handler put it off.
        case snoozed
    }

    /// What is counted together.
    public struct Kind: Hashable, Sendable {
        /// The type of the jobs.
        public var type: String
        /// How urgent they are.
        public var priority: Priority
        /// How their runs ended.
        public var outcome: Outcome
        /// What state the jobs are in now.
        public var became: JobState

        /// What is counted together.
        public init(type: String, priority: Priority, outcome: Outcome, became: JobState) {
            self.type = type
            self.priority = priority
            self.outcome = outcome
            self.became = became
        }
    }

    /// How many there were, and what they took by the database's clock, in microseconds; those of one run have the same place in both lists.
    public struct Times: Sendable {
        /// How many runs there were.
        public var count = 0
        /// From the start of each run to its end.
        public var runs: [Int64] = []
        /// From when each job was created, or due if it was delayed, to the end of its run.
        public var wholes: [Int64] = []
        /// One of those whose trace is sampled, and its W3C traceparent.
        public var traced: (run: Int64, whole: Int64, trace: String)?

        /// None yet.
        public init() {}
    }

    /// All of them.
    public private(set) var all: [Kind: Times] = [:]

    /// None yet.
    public init() {}

    /// Takes in some more of a kind.
    public mutating func add(_ kind: Kind, _ times: Times) {
        var sum = all.removeValue(forKey: kind) ?? Times()
        sum.count += times.count
        sum.runs += times.runs
        sum.wholes += times.wholes
        sum.traced = times.traced ?? sum.traced
        all[kind] = sum
    }

    /// Takes in others.
    public mutating func add(_ other: RunEnds) {
        guard !all.isEmpty else { return self = other }
        for (kind, times) in other.all { add(kind, times) }
    }

    /// How many jobs are in a state as their runs ended.
    public func count(became state: JobState) -> Int {
        all.reduce(0) { $0 + ($1.key.became == state ? $1.value.count : 0) }
    }
}
