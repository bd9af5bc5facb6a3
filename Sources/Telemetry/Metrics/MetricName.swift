/// The rules for names of metrics and labels.
///
/// Source: the Prometheus data model, and OpenMetrics 1.0, "ABNF", without the colons that are reserved for recording
/// rules.
enum MetricName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else {
            return false
        }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    static func isValidLabel(_ name: String) -> Bool {
        isValid(name) && !name.hasPrefix("__") && name != "le"
    }

    /// The nearest valid name: each byte that does not fit becomes `_`.
    static func sanitized(_ name: String) -> String {
        var bytes = name.utf8.map { isLetter($0) || isDigit($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first.map(isDigit) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The nearest valid name of a label.
    static func sanitizedLabel(_ name: String) -> String {
        let valid = sanitized(name)
        return isValidLabel(valid) ? valid : "label_" + valid.drop { $0 == "_" }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
