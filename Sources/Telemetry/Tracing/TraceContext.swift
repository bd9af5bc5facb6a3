public import Logging
public import Tracing

/// A position in a distributed trace: what the W3C `traceparent` header carries.
///
/// Source: W3C Recommendation "Trace Context", section 3.2.
public struct TraceContext: Sendable, Hashable {
    /// The trace that the work belongs to.
    public var traceID: TraceID

    /// The span that the work is done for.
    public var spanID: SpanID

    /// What the trace's originator decided.
    public var flags: TraceFlags

    /// What vendors know of the trace, handed on as it came: the `tracestate` header.
    public var state: String?

    /// Creates a context from its parts.
    public init(traceID: TraceID, spanID: SpanID, flags: TraceFlags, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.state = state
    }

    /// Whether its originator records the trace.
    public var isSampled: Bool { flags.contains(.sampled) }

    /// Starts a new trace.
    ///
    /// - Parameters:
    ///   - isSampled: Whether the trace is to be recorded.
    ///   - generator: The source of randomness.
    public static func root(
        isSampled: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> TraceContext {
        TraceContext(
            traceID: .random(using: &generator),
            spanID: .random(using: &generator),
            flags: isSampled ? [.sampled, .randomTraceID] : .randomTraceID
        )
    }

    /// The context of a new span below this one: the same trace and flags, and a span id of its own.
    public func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(traceID: traceID, spanID: .random(using: &generator), flags: flags, state: state)
    }
}

extension TraceContext {
    private static let versionZeroLength = 55

    /// Reads a `traceparent` header value.
    ///
    /// A value of a later version is read as far as version 00 reaches, as section 3.2.4 asks.
    ///
    /// - Parameter traceparent: The header's value, such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
    /// - Returns: `nil` when the value is malformed or an id is all zeros; the trace is then to be started anew.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= Self.versionZeroLength, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = UInt64(lowercaseHex: bytes[0..<2]), version != 0xFF,
            let traceID = TraceID(lowercaseHex: bytes[3..<35]),
            let spanID = SpanID(lowercaseHex: bytes[36..<52]),
            let flags = UInt64(lowercaseHex: bytes[53..<55])
        else {
            return nil
        }
        if bytes.count > Self.versionZeroLength {
            guard version > 0, bytes[Self.versionZeroLength] == dash else {
                return nil
            }
        }
        self.init(
            traceID: traceID,
            spanID: spanID,
            flags: TraceFlags(rawValue: UInt8(truncatingIfNeeded: flags)).intersection(.known)
        )
    }

    /// The value of the `traceparent` header that hands this context on, in version 00.
    public var traceparent: String {
        "00-\(traceID)-\(spanID)-\(UInt64(flags.rawValue).lowercaseHex(digits: 2))"
    }
}

/// The flags of a ``TraceContext``.
///
/// Source: W3C "Trace Context" Level 1, section 3.2.2.5, and Level 2, which adds the second bit.
public struct TraceFlags: OptionSet, Sendable, Hashable {
    /// The flags as the header's last byte.
    public let rawValue: UInt8

    /// Creates flags from the header's last byte.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The originator records this trace.
    public static let sampled = TraceFlags(rawValue: 0x01)

    /// The trace id's last seven bytes are random, so that samplers may rely on them.
    public static let randomTraceID = TraceFlags(rawValue: 0x02)

    /// The bits with a meaning; others are not handed on.
    static let known: TraceFlags = [.sampled, .randomTraceID]
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
}

private enum PlannedSpanIDKey: ServiceContextKey {
    typealias Value = SpanID
}

extension ServiceContext {
    /// A context with nothing but a place in a trace.
    public init(_ trace: TraceContext) {
        self = .topLevel
        traceContext = trace
    }

    /// The id that the next span is to have: one that others can work out, and so link to.
    public var plannedSpanID: SpanID? {
        get { self[PlannedSpanIDKey.self] }
        set { self[PlannedSpanIDKey.self] = newValue }
    }

    /// The active span's place in its trace, if there is one.
    public var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}

extension Logger.MetadataProvider {
    /// Adds `trace_id` and `span_id` while a span is active.
    public static let traceContext = Logger.MetadataProvider {
        guard let context = ServiceContext.current?.traceContext else {
            return [:]
        }
        return ["trace_id": .string(context.traceID.description), "span_id": .string(context.spanID.description)]
    }
}
