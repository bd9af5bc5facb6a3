/// Writes families and samples in an ``ExpositionFormat``.
///
/// Sources: prometheus.io, "Exposition formats"; OpenMetrics 1.0.0, sections "Text Format" and "Escaping".
struct ExpositionWriter {
    let format: ExpositionFormat

    /// What was written so far: UTF-8.
    private(set) var bytes: [UInt8] = []

    init(_ format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(16_384)
    }

    /// Writes the lines that introduce a metric.
    mutating func family(_ description: MetricDescription) {
        let isOpenMetrics = format == .openMetrics
        let name = isOpenMetrics ? description.familyName : description.name
        append("# HELP \(name) \(escapedHelp(description.help))\n# TYPE \(name) \(description.kind.typeName)\n")
        if isOpenMetrics, let unit = description.unit { append("# UNIT \(name) \(unit)\n") }
    }

    /// Writes a sample.
    ///
    /// - Parameters:
    ///   - name: The sample's name.
    ///   - suffix: What is added to the name.
    ///   - labels: The labels, written out.
    ///   - bound: The label `le` of a bucket, written out, which follows the others.
    ///   - value: The value, written out.
    ///   - exemplar: An observation that is counted in; the older format has no place for it.
    mutating func sample(
        _ name: String,
        _ suffix: String = "",
        labels: String,
        bound: String? = nil,
        value: String,
        exemplar: Exemplar? = nil
    ) {
        append(name)
        append(suffix)
        if !labels.isEmpty || bound != nil {
            append("{")
            append(labels)
            if let bound {
                append(labels.isEmpty ? "le=\"" : ",le=\"")
                append(bound)
                append("\"")
            }
            append("}")
        }
        append(" ")
        append(value)
        if let exemplar, format == .openMetrics {
            let trace = exemplar.trace
            append(" # {trace_id=\"\(trace.traceID)\",span_id=\"\(trace.spanID)\"} \(number(exemplar.value))")
            append(" \(number(exemplar.seconds))")
        }
        append("\n")
    }

    /// Writes what ends the whole; nothing may follow.
    mutating func end() {
        if format == .openMetrics {
            append("# EOF\n")
        }
    }

    /// A value as both formats spell it.
    func number(_ value: Double) -> String {
        if value.isNaN {
            return "NaN"
        }
        guard value.isFinite else {
            return value > 0 ? "+Inf" : "-Inf"
        }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A bucket's bound. OpenMetrics wants it to look like a floating-point number, the older format a short one.
    func bound(_ value: Double) -> String {
        format == .openMetrics ? value.description : number(value)
    }

    static func escapedLabelValue(_ value: String) -> String {
        escaped(value, quotes: true)
    }

    private func escapedHelp(_ help: String) -> String {
        Self.escaped(help, quotes: format == .openMetrics)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
