/// The metrics of a process at one moment.
struct Scrape: Sendable {
    /// The values by their series, as they are written.
    private var values: [Substring: Double] = [:]

    /// The text that was served.
    let text: String

    init(_ text: String) {
        self.text = text
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[line[..<space]] = Double(line[line.index(after: space)...])
        }
    }

    /// How many series there are.
    var count: Int { values.count }

    /// The sum of a metric's series with all of some labels, as they are written; nil when there is none.
    func value(_ name: String, _ labels: [String] = []) -> Double? {
        let found = values.filter { series, _ in
            guard series.hasPrefix(name) else { return false }
            let rest = series.dropFirst(name.count)
            return (rest.isEmpty || rest.first == "{") && labels.allSatisfy { rest.contains($0) }
        }
        return found.isEmpty ? nil : found.values.reduce(0, +)
    }

    /// The metrics that begin with the prefix, without the suffixes of histograms and summaries.
    var families: Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE queueflow_") }
                .compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) }
        )
    }
}
