/// One librdkafka property and its value.
struct KafkaProperty: Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    init(_ name: String, milliseconds value: Duration) {
        self.init(name, String(value.wholeMilliseconds))
    }
}

extension Duration {
    /// The duration in milliseconds, a part of one rounded up, so that a small positive duration never becomes 0.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let perMillisecond: Int64 = 1_000_000_000_000_000
        let whole = attoseconds / perMillisecond
        let rounded = attoseconds % perMillisecond > 0 ? whole + 1 : whole
        return seconds.multipliedReportingOverflow(by: 1000).overflow ? .max : seconds * 1000 + rounded
    }

    /// The duration in milliseconds for a C call, at least 0 and at most `Int32.max`.
    var clampedMilliseconds: Int32 { Int32(clamping: max(0, wholeMilliseconds)) }
}
