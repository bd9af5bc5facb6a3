/// A trace as jobs carry it: the value of `traceparent`, and after a blank that of `tracestate` if there is one.
///
/// Jobs are many and sampled ones few, so whether one is, is told from the text alone.
extension TraceContext {
    /// The most bytes of a `tracestate` that are handed on: what section 3.3.1.5 of the recommendation asks for. A longer one is dropped.
    public static let maxStateBytes = 512
    /// The most bytes of a trace as jobs carry it.
    public static let maxStoredBytes = 55 + 1 + maxStateBytes

    /// Reads what a job carries; `nil` when it is none.
    public init?(stored text: String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, text.utf8.count <= Self.maxStoredBytes else { return nil }
        self.init(traceparent: String(first))
        state = parts.count > 1 ? Self.state(String(parts[1])) : nil
    }

    /// What a job carries.
    public var stored: String { state.map { "\(traceparent) \($0)" } ?? traceparent }

    /// Whether what a job carries belongs to a trace that is recorded.
    public static func isSampled(stored text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count >= 55 else { return false }
            let digit = bytes[54]
            return (digit >= UInt8(ascii: "a") ? digit &- UInt8(ascii: "a") &+ 10 : digit) & 1 == 1
        } ?? TraceContext(stored: text)?.isSampled ?? false
    }

    /// The trace's id in what a job carries, as 32 hexadecimal digits.
    public static func traceID(stored text: String) -> Substring? {
        text.utf8.count >= 55 ? text.dropFirst(3).prefix(32) : nil
    }

    /// The value of a `tracestate` header as it may be handed on.
    public static func state(_ header: String?) -> String? {
        guard let header, !header.isEmpty, header.utf8.count <= maxStateBytes,
            header.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 })
        else { return nil }
        return header
    }
}
