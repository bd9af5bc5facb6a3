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
