public import Metrics
public import Telemetry

/// What all processes of QueueFlow export. docs/metrics.md is a page of the same, which a test holds against this.
extension MetricDescription {
    /// All of them.
    public static let ofQueueFlow =
        ofQueues + ofJobs + ofControlPlane + ofREST + ofWorkers + ofSchedulers + ofDependencies
}

extension PrometheusRegistry {
    /// How many different types of jobs, and names of statements, one process tells apart.
    private static let labelLimits = ["type": 50, "statement": 200]

    /// A registry that knows what QueueFlow's metrics mean, and keeps the labels that come from clients few.
    public static func queueFlow() -> PrometheusRegistry {
        PrometheusRegistry(catalogue: MetricDescription.ofQueueFlow, limits: labelLimits)
    }
}

extension Counter {
    /// A counter of the catalogue in the metrics system in force.
    public convenience init(_ description: MetricDescription, _ labels: [(String, String)] = []) {
        self.init(label: description.name, dimensions: labels)
    }
}

extension Gauge {
    /// A gauge of the catalogue in the metrics system in force.
    public convenience init(_ description: MetricDescription, _ labels: [(String, String)] = []) {
        self.init(label: description.name, dimensions: labels)
    }
}

extension Metrics.Timer {
    /// A histogram or summary of seconds of the catalogue in the metrics system in force.
    public convenience init(_ description: MetricDescription, _ labels: [(String, String)] = []) {
        self.init(label: description.name, dimensions: labels)
    }
}

extension Recorder {
    /// A histogram or summary of the catalogue in the metrics system in force.
    public convenience init(distribution description: MetricDescription, _ labels: [(String, String)] = []) {
        self.init(label: description.name, dimensions: labels, aggregate: true)
    }
}
