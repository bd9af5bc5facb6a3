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
