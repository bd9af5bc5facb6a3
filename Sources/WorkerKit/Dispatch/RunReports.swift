import DequeModule
import JobCore

/// What a worker has to report: how runs ended, and which claim batches are over.
///
/// A batch is over when all of its runs are acknowledged, and no exchange that is under way can bring another one of it: two that were
/// carried out together share a batch.
struct RunReports {
    /// How many bytes of results and errors an exchange carries before its last outcome, and of how many runs.
    static let (maxBytes, maxRuns) = (3 << 19, 4_000)
    /// How many bytes may wait before no more runs are asked for.
    static let maxHeldBytes = 4 * maxBytes

    private var finished = Deque<FinishedRun>()
    private var bytes = 0
    /// How many runs of a claim batch are not yet acknowledged.
    private(set) var openBatches: [Int64: Int] = [:]
    /// Claim batches all of whose runs are acknowledged, and the last exchange by then.
    private var doneBatches: [(batch: Int64, after: UInt64)] = []
    private var closedBatches: [Int64] = []

    /// How many outcomes wait.
    var count: Int { finished.count }

    /// Whether nothing waits to be reported.
    var isEmpty: Bool { finished.isEmpty && closedBatches.isEmpty }

    /// Whether so much waits that no more runs should be asked for.
    var isFull: Bool { bytes >= Self.maxHeldBytes }

    /// The runs whose outcomes wait.
    var keys: [RunKey] { finished.map(\.key) }

    /// A run was granted.
    mutating func granted(_ run: GrantedJob) {
        openBatches[run.batch, default: 0] += 1
    }

    /// A run ended.
    mutating func add(_ run: FinishedRun) {
        finished.append(run)
        bytes += run.bytes
    }

    /// Takes what one exchange carries.
    mutating func take() -> (outcomes: [FinishedRun], closedBatches: [Int64]) {
        var (taken, count) = (0, 0)
        while count < finished.count, count < Self.maxRuns, taken < Self.maxBytes {
            taken += finished[count].bytes
            count += 1
        }
        bytes -= taken
        let outcomes = Array(finished.prefix(count))
        finished.removeFirst(count)
        defer { closedBatches = [] }
        return (outcomes, closedBatches)
    }

    /// An exchange had no answer: what it carried is to be reported again.
    mutating func putBack(_ outcomes: [FinishedRun], closedBatches: [Int64]) {
        for run in outcomes { add(run) }
        self.closedBatches += closedBatches
    }

    /// Outcomes are on record.
    ///
    /// - Parameter sequence: The number of the last exchange that was sent by now.
    mutating func acknowledged(_ outcomes: [FinishedRun], sequence: UInt64) {
        for run in outcomes {
            let left = (openBatches[run.batch] ?? 1) - 1
            openBatches[run.batch] = left > 0 ? left : nil
            if left == 0 { doneBatches.append((run.batch, sequence)) }
        }
    }

    /// Closes the batches of which no exchange that is under way can bring another run.
    ///
    /// - Parameter oldest: The number of the first exchange without an answer; nil when there is none.
    mutating func closeBatches(oldestInFlight oldest: UInt64?) {
        let oldest = oldest ?? .max
        closedBatches += doneBatches.filter { $0.after < oldest && openBatches[$0.batch] == nil }.map(\.batch)
        doneBatches.removeAll { $0.after < oldest || openBatches[$0.batch] != nil }
    }
}
