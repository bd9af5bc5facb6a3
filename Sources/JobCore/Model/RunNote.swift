/// What a handler said of its run since it was asked last, as its worker reports it.
public struct RunNote: SaidOfRun {
    /// The longest message of a progress or a log line that is kept, in bytes.
    public static let maxMessageBytes = 1 << 10
    /// The largest checkpoint, in bytes.
    public static let maxCheckpointBytes = 64 << 10
    /// How many log lines of a run are kept, the last ones, and of how many runs of a job.
    public static let (maxLines, maxLoggedRuns) = (256, 10)

    /// A run, and who holds it.
    public struct Source: Hashable, Sendable {
        /// Of which job.
        public var job: JobID
        /// Which run, held by whom.
        public var fence: RunFence

        /// A run in a worker's hands.
        public init(job: JobID, fence: RunFence) {
            self.job = job
            self.fence = fence
        }
    }

    /// How far a run says it is.
    public struct Progress: Hashable, Sendable {
        /// From 0 to 1.
        public var fraction: Double
        /// What it is at, for a person; may be empty.
        public var message: String

        /// So far, and at what.
        public init(_ fraction: Double, _ message: String) {
            self.fraction = fraction
            self.message = message
        }
    }

    /// The checkpoint that means none.
    public static let noCheckpoint = Array("null".utf8)

    /// A line that a run logs with its job.
    public struct Line: SaidLine, Hashable {
        /// Counts the run's lines from 0.
        public var number: Int
        /// How long ago it was written when it was reported.
        public var age: Duration
        /// How serious it is, as swift-log has it: `trace` to `critical`.
        public var level: String
        /// What it says.
        public var message: String

        /// A line.
        public init(number: Int, age: Duration, level: String, message: String) {
            (self.number, self.age, self.level, self.message) = (number, age, level, message)
        }
    }

    /// Whose it is.
    public var source: Source
    /// How far the run is, if that changed.
    public var progress: Progress?
    /// The lines it logged, in their order, at most ``maxLines``.
    public var lines: [Line]
    /// JSON that the job's next attempt is to be given; `null` forgets it, and nil means what it was.
    public var checkpoint: [UInt8]?

    /// A note of a run.
    public init(source: Source, progress: Progress? = nil, lines: [Line] = [], checkpoint: [UInt8]? = nil) {
        self.source = source
        self.progress = progress
        self.lines = lines
        self.checkpoint = checkpoint
    }

}

/// A line that was logged, wherever it is kept.
public protocol SaidLine: Sendable {
    /// What it says.
    var message: String { get }
}

/// What a run said, on its way from the handler to the database.
public protocol SaidOfRun: Sendable {
    /// How a line is kept.
    associatedtype Line: SaidLine
    /// How far the run is, if that changed.
    var progress: RunNote.Progress? { get set }
    /// The lines it logged, in their order, at most ``RunNote/maxLines``.
    var lines: [Line] { get set }
    /// JSON that the job's next attempt is to be given, if that changed.
    var checkpoint: [UInt8]? { get set }
}

extension SaidOfRun {
    /// How many bytes it has, about.
    public var size: Int {
        lines.reduce(96 + (progress?.message.utf8.count ?? 0) + (checkpoint?.count ?? 0)) {
            $0 + 64 + $1.message.utf8.count
        }
    }

    /// Takes in what the same run said after this.
    public mutating func takeIn(_ later: Self) {
        progress = later.progress ?? progress
        lines = (lines + later.lines).suffix(RunNote.maxLines)
        checkpoint = later.checkpoint ?? checkpoint
    }
}
