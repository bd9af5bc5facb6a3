public import JobCore
import Telemetry
public import Tracing

/// The span of making a job, or many in one request: what is done for them later has its place below it, wherever that is done.
public struct CreationSpan: Sendable {
    /// What the jobs are to carry; nil when they belong to no trace.
    public let trace: String?
    private let span: (any Span)?

    /// Starts a span below what goes on in the task, if that belongs to a trace.
    public init() {
        self.init(below: ServiceContext.current)
    }

    /// Starts a span below one, or hands on a trace that is not recorded here.
    ///
    /// - Parameter trace: What another job carries; nil, or what is none, stands for nothing.
    public init(below trace: String?) {
        self.init(below: trace.flatMap(TraceContext.init(stored:)).map { ServiceContext($0) })
    }

    private init(below context: ServiceContext?) {
        guard let context, let given = context.traceContext else {
            (trace, span) = (nil, nil)
            return
        }
        let span = given.isSampled ? Self.start(context) : nil
        self.span = span
        trace = (span?.context.traceContext ?? given).stored
    }

    /// Starts a trace, for jobs that nobody asked for.
    public static func root() -> CreationSpan {
        CreationSpan(startingWith: start(.topLevel))
    }

    private init(startingWith span: any Span) {
        self.span = span.isRecording ? span : nil
        trace = span.context.traceContext?.stored
    }

    private static func start(_ context: ServiceContext) -> any Span {
        InstrumentationSystem.tracer.startSpan("create", context: context, ofKind: .producer)
    }

    /// Says which job was made.
    public func made(_ job: NewJob) {
        guard let span, span.isRecording else { return }
        span.operationName = "create \(job.queue)"
        span.updateAttributes {
            $0.describeMessaging("create", of: job.queue.rawValue)
            $0["messaging.message.id"] = job.id.description
            $0["messaging.message.body.size"] = job.payload.count
            $0["queueflow.job.type"] = job.type.rawValue
            $0["queueflow.tenant"] = job.tenant.rawValue
            $0["queueflow.job.parent_id"] = job.parent?.description
        }
    }

    /// Says which jobs were made together.
    public func made(_ jobs: [NewJob]) {
        guard jobs.count != 1 else { return made(jobs[0]) }
        guard let span, span.isRecording else { return }
        span.updateAttributes {
            $0.describeMessaging("create", of: nil)
            $0["messaging.batch.message_count"] = jobs.count
        }
    }

    /// The jobs are on record, or are not to be.
    public func end() {
        span?.end()
    }
}

extension SpanAttributes {
    /// What OpenTelemetry's conventions for messaging ask of a span about jobs.
    ///
    /// - Parameters:
    ///   - operation: What is done, which is also of what kind it is.
    ///   - queue: The queue; nil when there are several.
    public mutating func describeMessaging(_ operation: String, of queue: String?) {
        self["messaging.system"] = "queueflow"
        self["messaging.operation.name"] = operation
        self["messaging.operation.type"] = operation
        self["messaging.destination.name"] = queue
    }
}
