import Foundation
import JobCore
import Platform
import Telemetry
import Tracing

/// The spans of runs, by whatever tracer the process has: `process`, within which the handler is called, `receive` for how the run came, and
/// `settle` for how its outcome is put on record. All runs of a job are in the trace of its submission, and each links to the one before.
enum RunSpans {
    /// Calls a handler within a span, and begins the one for its outcome.
    static func process(
        _ run: GrantedJob,
        _ handle: RunHandle,
        _ body: () async -> RunOutcome.Kind
    ) async -> RunOutcome.Kind {
        let tracer = InstrumentationSystem.tracer
        guard !(tracer is NoOpTracer) else { return await body() }
        var context = ServiceContext.current ?? .topLevel
        if let trace = run.trace { tracer.extract(trace, into: &context, using: StoredTrace()) }
        context.plannedSpanID = SpanID(of: run.key)
        let queue = run.backlog.queue.rawValue
        let span = tracer.startSpan("process \(queue)", context: context, ofKind: .consumer)
        guard span.isRecording else {
            // The handler's own calls hand the trace on.
            return await ServiceContext.withValue(span.context) { await body() }
        }
        if run.key.run > 1, var before = span.context.traceContext {
            before.spanID = SpanID(of: RunKey(job: run.key.job, run: run.key.run - 1))
            span.addLink(SpanLink(context: ServiceContext(before), attributes: ["queueflow.link": "previous run"]))
        }
        span.updateAttributes { $0.describe(run, "process") }
        let outcome = await ServiceContext.withValue(span.context) { await body() }
        span.describe(outcome)
        span.end()
        let settling = tracer.startSpan("settle \(queue)", context: span.context, ofKind: .client)
        settling.updateAttributes { $0.describe(run, "settle") }
        handle.settling = settling
        return outcome
    }

    /// Tells of runs that were granted, in the traces that are recorded.
    ///
    /// - Parameter asked: How long ago they were asked for; worked out only when there is such a trace.
    static func received(_ granted: [GrantedJob], asked: () -> Duration?) {
        guard granted.contains(where: { $0.trace.map(TraceContext.isSampled) ?? false }) else { return }
        let (tracer, now) = (InstrumentationSystem.tracer, DefaultTracerClock.now)
        let waited = UInt64(max(0, (asked() ?? .zero) / .nanoseconds(1)))
        let start = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch &- waited)
        for run in granted {
            guard let trace = run.trace, TraceContext.isSampled(stored: trace) else { continue }
            var context = ServiceContext.topLevel
            tracer.extract(trace, into: &context, using: StoredTrace())
            let name = "receive \(run.backlog.queue.rawValue)"
            let span = tracer.startSpan(name, context: context, ofKind: .client, at: start)
            span.updateAttributes { $0.describe(run, "receive") }
            span.end(at: now)
        }
    }

    /// The place in its trace of what goes on, as jobs carry it; empty when it is in none.
    static func carried(_ context: ServiceContext?) -> String {
        guard let context else { return "" }
        var headers: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &headers, using: TraceHeaders())
        guard let parent = headers["traceparent"] else { return "" }
        return headers["tracestate"].map { "\(parent) \($0)" } ?? parent
    }
}

/// Reads what a job carries of its trace, for any instrument.
private struct StoredTrace: Extractor {
    func extract(key: String, from carrier: String) -> String? {
        let parts = carrier.split(separator: " ", maxSplits: 1)
        switch key.lowercased() {
        case "traceparent": return parts.first.map(String.init)
        case "tracestate": return parts.count > 1 ? String(parts[1]) : nil
        default: return nil
        }
    }
}

/// Takes what any instrument says of a trace.
private struct TraceHeaders: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
    }
}

extension SpanID {
    /// The id of the span of a run: the same wherever it is worked out, so that the next run can link to it.
    fileprivate init(of run: RunKey) {
        let (high, low) = withUnsafeBytes(of: run.job.uuid.uuid) {
            ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(hashing: (UInt64(bigEndian: high), UInt64(bigEndian: low)), run.run)
    }
}

extension SpanAttributes {
    fileprivate mutating func describe(_ run: GrantedJob, _ operation: String) {
        describeMessaging(operation, of: run.backlog.queue.rawValue)
        self["messaging.message.id"] = run.key.job.description
        self["queueflow.job.type"] = run.backlog.type.rawValue
        self["queueflow.tenant"] = run.backlog.tenant.rawValue
        self["queueflow.job.attempt"] = run.attempt
        self["queueflow.job.run"] = run.key.run
    }
}

extension Span {
    fileprivate func describe(_ outcome: RunOutcome.Kind) {
        switch outcome {
        case .success: attributes["queueflow.job.outcome"] = "success"
        case .release: attributes["queueflow.job.outcome"] = "release"
        case .cancelled: attributes["queueflow.job.outcome"] = "cancelled"
        case .failure(let failure):
            updateAttributes {
                $0["queueflow.job.outcome"] = "failure"
                $0["error.type"] = failure.kind
            }
            setStatus(SpanStatus(code: .error, message: failure.error))
        }
    }
}
