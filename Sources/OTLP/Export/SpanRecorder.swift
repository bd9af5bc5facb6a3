import Concurrency
public import Metrics
import Synchronization

/// What holds spans that have ended until they are sent: so many at most. What comes beyond is dropped and counted, so that a collector
/// that is slow or away costs neither memory nor time.
public final class SpanRecorder: Sendable {
    private struct State {
        var spans: [RecordedSpan] = []
        var isFlushing = false
        var isEnding = false
    }

    /// Why a span was not delivered.
    enum Loss: String, CaseIterable {
        /// So many waited that there was no room.
        case queueFull = "queue_full"
        /// The collector did not take it in time.
        case exportFailed = "export_failed"
        /// The collector refused it.
        case rejected
        /// The process ended before it was sent.
        case shutdown
    }

    private let state = Mutex(State())
    private let batching: SpanBatching
    /// Raised when a batch is full, or is to be sent now.
    private let isDue = Signal()
    private let exported: Counter
    private let dropped: [Loss: Counter]

    /// An empty recorder.
    ///
    /// - Parameter factory: Where its counters are kept.
    public init(batching: SpanBatching = SpanBatching(), factory: any MetricsFactory = MetricsSystem.factory) {
        self.batching = batching
        exported = Counter(label: "queueflow_spans_exported_total", factory: factory)
        dropped = Dictionary(
            uniqueKeysWithValues: Loss.allCases.map {
                (
                    $0,
                    Counter(
                        label: "queueflow_spans_dropped_total",
                        dimensions: [("reason", $0.rawValue)],
                        factory: factory
                    )
                )
            }
        )
    }

    /// How many spans wait.
    var count: Int { state.withLock(\.spans.count) }

    /// Takes a span that has ended.
    func add(_ span: RecordedSpan) {
        let (isTaken, isFull) = state.withLock { state in
            guard state.spans.count < batching.queueSize else { return (false, false) }
            state.spans.append(span)
            return (true, state.spans.count == batching.batchSize)
        }
        if !isTaken { lost(1, .queueFull) }
        if isFull { isDue.raise() }
    }

    /// Sends what waits soon.
    func flush() {
        state.withLock { $0.isFlushing = true }
        isDue.raise()
    }

    /// The process ends: what waits is to be sent now.
    func end() {
        state.withLock { $0.isEnding = true }
        flush()
    }

    /// Whether the process ends.
    var isEnding: Bool { state.withLock(\.isEnding) }

    /// Waits until a batch is full, or the time of what waits is up.
    func waitUntilDue() async {
        let isDue = state.withLock { state in
            defer { state.isFlushing = false }
            return state.isFlushing || state.spans.count >= batching.batchSize
        }
        if !isDue { await self.isDue.wait(atMost: batching.delay) }
    }

    /// The spans to send next; none when none waits.
    func take() -> [RecordedSpan] {
        state.withLock { state in
            let batch = Array(state.spans.prefix(batching.batchSize))
            state.spans.removeFirst(batch.count)
            return batch
        }
    }

    /// Everything that waits.
    func takeAll() -> [RecordedSpan] {
        state.withLock { state in
            defer { state.spans = [] }
            return state.spans
        }
    }

    /// Spans were delivered.
    func delivered(_ count: Int) { exported.increment(by: count) }

    /// Spans were lost.
    func lost(_ count: Int, _ loss: Loss) {
        if count > 0 { dropped[loss]?.increment(by: count) }
    }
}
