import Synchronization

/// All series of one metric.
final class MetricFamily: Sendable {
    private struct Entry {
        let series: any MetricSeries
        let labelText: String
    }

    let description: MetricDescription

    private let seriesLimit: Int
    private let entries = Mutex<[MetricLabels: Entry]>([:])

    init(_ description: MetricDescription, seriesLimit: Int) {
        self.description = description
        self.seriesLimit = seriesLimit
    }

    /// The series with these labels, made when first asked for.
    ///
    /// Once there are `seriesLimit` series, new label sets share one whose label values are ``LabelLimits/other``.
    func series<Series: MetricSeries>(_ labels: MetricLabels, make: (MetricLabels) -> Series) -> Series {
        entries.withLock { entries in
            if let series = entries[labels]?.series as? Series {
                return series
            }
            let labels = entries.count < seriesLimit ? labels : labels.replacingValues(with: LabelLimits.other)
            if let series = entries[labels]?.series as? Series {
                return series
            }
            let series = make(labels)
            entries[labels] = Entry(series: series, labelText: labels.text)
            return series
        }
    }

    /// Forgets a series; one that was replaced meanwhile stays.
    func remove(_ series: any MetricSeries) {
        entries.withLock { entries in
            if entries[series.labels]?.series === series {
                entries[series.labels] = nil
            }
        }
    }

    func write(to writer: inout ExpositionWriter) {
        let entries = entries.withLock { Array($0.values) }
        guard !entries.isEmpty else {
            return
        }
        writer.family(description)
        for entry in entries.sorted(by: { $0.labelText < $1.labelText }) {
            entry.series.write(description, labelText: entry.labelText, to: &writer)
        }
    }
}

/// One line of development of a metric: its value or values for one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// What tells the series from its siblings.
    var labels: MetricLabels { get }

    /// Writes the present samples.
    ///
    /// - Parameters:
    ///   - family: The metric that the series belongs to.
    ///   - labelText: The series' labels, written out.
    ///   - writer: What to write to.
    func write(_ family: MetricDescription, labelText: String, to writer: inout ExpositionWriter)
}
