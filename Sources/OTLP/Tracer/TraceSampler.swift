public import Telemetry

/// Decides which traces are recorded: the samplers of OpenTelemetry's specification of tracing, by their names there.
public indirect enum TraceSampler: Hashable, Sendable {
    /// Every trace.
    case always
    /// None.
    case never
    /// That part of all traces, from 0 to 1; all processes pick the same ones.
    case ratio(Double)
    /// Those that whoever began them records; of those that begin here, as the other sampler has it.
    case parentBased(TraceSampler)

    /// Reads `OTEL_TRACES_SAMPLER` and its argument; nil when they are none.
    public init?(name: String, argument: String?) {
        func ratio() -> TraceSampler? {
            guard let argument else { return .ratio(1) }
            return Double(argument).flatMap { (0...1).contains($0) ? .ratio($0) : nil }
        }
        switch name {
        case "always_on": self = .always
        case "always_off": self = .never
        case "traceidratio":
            guard let ratio = ratio() else { return nil }
            self = ratio
        case "parentbased_always_on": self = .parentBased(.always)
        case "parentbased_always_off": self = .parentBased(.never)
        case "parentbased_traceidratio":
            guard let ratio = ratio() else { return nil }
            self = .parentBased(ratio)
        default: return nil
        }
    }

    /// Whether a span is recorded.
    ///
    /// - Parameters:
    ///   - trace: Its trace.
    ///   - parent: What it is below; nil when the trace begins with it.
    public func samples(_ trace: TraceID, parent: TraceContext?) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .ratio(let ratio):
            // The id's last seven bytes are the random ones (W3C "Trace Context" Level 2, section 3.2.2.3).
            Double(trace.low & 0x00FF_FFFF_FFFF_FFFF) < ratio * 0x1p56
        case .parentBased(let root): parent?.isSampled ?? root.samples(trace, parent: nil)
        }
    }
}
