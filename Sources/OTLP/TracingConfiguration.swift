public import GRPC

/// What becomes of spans.
public struct TracingConfiguration: Sendable {
    /// Which traces are recorded.
    public var sampler: TraceSampler
    /// What the process says of itself, such as `service.name`.
    public var resource: [String: String]
    /// How spans are gathered.
    public var batching: SpanBatching
    /// Where they go; nil for nowhere. Traces are handed on all the same.
    public var collector: SpanCollector?

    /// Spans that go nowhere, unless said otherwise.
    public init(
        sampler: TraceSampler = .parentBased(.always),
        resource: [String: String] = [:],
        batching: SpanBatching = SpanBatching(),
        collector: SpanCollector? = nil
    ) {
        self.sampler = sampler
        self.resource = resource
        self.batching = batching
        self.collector = collector
    }
}

/// How spans are gathered before they are sent: the limits of OpenTelemetry's batching processor.
public struct SpanBatching: Sendable {
    /// How long a span waits at most until it is sent.
    public var delay: Duration
    /// How many spans may wait; further ones are dropped.
    public var queueSize: Int
    /// How many spans are sent at once.
    public var batchSize: Int
    /// How long sending a batch may take, with what is tried again.
    public var timeout: Duration

    /// The defaults of OpenTelemetry.
    public init(
        delay: Duration = .seconds(5),
        queueSize: Int = 2_048,
        batchSize: Int = 512,
        timeout: Duration = .seconds(30)
    ) {
        self.delay = delay
        self.queueSize = queueSize
        self.batchSize = min(batchSize, queueSize)
        self.timeout = timeout
    }
}

/// Who takes spans, by OTLP over gRPC.
public struct SpanCollector: Sendable {
    /// Its address, as `host:port`.
    public var address: String
    /// What to trust; nil for plain text.
    public var tls: ClientTLS?
    /// What is sent along, such as credentials.
    public var headers: [String: String]
    /// How long one attempt to send a batch may take.
    public var timeout: Duration
    /// Whether batches are compressed with gzip.
    public var isCompressed: Bool

    /// A collector.
    public init(
        address: String,
        tls: ClientTLS? = nil,
        headers: [String: String] = [:],
        timeout: Duration = .seconds(10),
        isCompressed: Bool = false
    ) {
        self.address = address
        self.tls = tls
        self.headers = headers
        self.timeout = timeout
        self.isCompressed = isCompressed
    }
}
