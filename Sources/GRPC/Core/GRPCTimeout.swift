import NIOCore

/// The text form of a call's remaining time: at most eight digits and a unit, for example `250m`.
///
/// From the gRPC-over-HTTP/2 specification, "Timeout". Units: `H`, `M`, `S`, `m`, `u`, `n`.
enum GRPCTimeout {
    /// Reads the header's value; `nil` if it breaks the grammar.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> Duration? {
        guard let unit = bytes.last, (2...9).contains(bytes.count) else { return nil }
        var value: Int64 = 0
        for byte in bytes.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        switch unit {
        case UInt8(ascii: "H"): return .seconds(value * 3600)
        case UInt8(ascii: "M"): return .seconds(value * 60)
        case UInt8(ascii: "S"): return .seconds(value)
        case UInt8(ascii: "m"): return .milliseconds(value)
        case UInt8(ascii: "u"): return .microseconds(value)
        case UInt8(ascii: "n"): return .nanoseconds(value)
        default: return nil
        }
    }

    /// Writes `duration` in the finest unit that eight digits hold, rounded up, never less than `1n`.
    static func encode(_ duration: Duration) -> String {
        let limit: Int64 = 99_999_999
        let parts = duration.components
        guard parts.seconds >= 0, parts.attoseconds >= 0, duration > .zero else { return "1n" }
        let nanoseconds = (parts.attoseconds + 999_999_999) / 1_000_000_000
        let units: [(suffix: String, perSecond: Int64)] = [
            ("n", 1_000_000_000), ("u", 1_000_000), ("m", 1000), ("S", 1),
        ]
        for unit in units where parts.seconds <= limit / unit.perSecond {
            let step = 1_000_000_000 / unit.perSecond
            let value = parts.seconds * unit.perSecond + (nanoseconds + step - 1) / step
            if value <= limit { return "\(value)\(unit.suffix)" }
        }
        let minutes = parts.seconds / 60 + 1
        return minutes <= limit ? "\(minutes)M" : "\(min(minutes / 60 + 1, limit))H"
    }
}

extension TimeAmount {
    /// A duration for a timer: never negative, and at most a hundred years, since deadlines of peers may be longer than timers can hold.
    init(clamping duration: Duration) {
        self = TimeAmount(min(max(duration, .zero), .seconds(100 * 365 * 24 * 3600)))
    }
}
