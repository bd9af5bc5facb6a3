/// A text format in which metrics are served.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// The Prometheus text format 0.0.4.
    case prometheus

    /// OpenMetrics 1.0.0.
    case openMetrics

    /// The value of the `Content-Type` header.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    private var mediaType: String {
        switch self {
        case .prometheus: "text/plain"
        case .openMetrics: "application/openmetrics-text"
        }
    }

    /// Chooses the format that an `Accept` header prefers (RFC 9110, section 12.5.1); OpenMetrics when it likes both as
    /// well.
    ///
    /// A wildcard is not a preference: an endpoint that also serves JSON must not take a browser for a scraper.
    ///
    /// - Returns: `nil` when the header names neither format.
    public static func preferred(byAccept header: String) -> ExpositionFormat? {
        var best: (format: ExpositionFormat, quality: Double)?
        for range in header.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmingASCIISpace().lowercased() }
            guard let format = allCases.first(where: { $0.mediaType == parts.first }) else {
                continue
            }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let isBetter = best.map {
                (quality, format == .openMetrics ? 1 : 0) > ($0.quality, $0.format == .openMetrics ? 1 : 0)
            }
            if quality > 0, isBetter ?? true {
                best = (format, quality)
            }
        }
        return best?.format
    }
}

extension Substring {
    fileprivate func trimmingASCIISpace() -> Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else {
            return ""
        }
        return start[...last]
    }
}
