/// A process of the local stack, in the order in which they are started.
enum StackService: String, CaseIterable, Codable, Sendable, Hashable {
    case postgres
    case redis
    case devBroker = "dev-broker"
    case jobService = "job-service"
    case worker
    case scheduler
    case nginx

    /// The stages of a start; the services of one start side by side once the stage before is ready.
    enum Stage: Int, CaseIterable, Comparable {
        case backends
        /// It brings the database's schema up to date, and the workers call it.
        case jobService
        case others

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    var stage: Stage {
        switch self {
        case .postgres, .redis, .devBroker: .backends
        case .jobService: .jobService
        case .worker, .scheduler, .nginx: .others
        }
    }

    /// The variable that names a server elsewhere, which is then used instead of starting one.
    var externalVariable: String? {
        switch self {
        case .postgres: "DATABASE_URL"
        case .redis: "REDIS_URL"
        case .devBroker: "KAFKA_BROKERS"
        case .jobService, .worker, .scheduler, .nginx: nil
        }
    }

    /// How long it may take to stop before it is killed. A worker lets its running jobs finish for 30 seconds.
    var stopWithin: Duration { self == .worker ? .seconds(45) : .seconds(20) }
}
