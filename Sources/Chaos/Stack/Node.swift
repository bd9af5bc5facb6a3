/// A process of the platform, and the servers it leans on.
enum Node: Hashable, Sendable, CustomStringConvertible {
    case jobService(Int)
    case worker(Int)
    case scheduler(Int)
    case postgres
    case redis
    case broker

    static let jobServices = (1...2).map(Node.jobService)
    static let workers = (1...3).map(Node.worker)
    static let schedulers = (1...2).map(Node.scheduler)
    /// QueueFlow's own processes.
    static let services = jobServices + schedulers + workers
    /// All there are.
    static let all = [.postgres, .redis, .broker] + services

    var description: String {
        switch self {
        case .jobService(let number): "job-service-\(number)"
        case .worker(let number): "worker-\(number)"
        case .scheduler(let number): "scheduler-\(number)"
        case .postgres: "postgres"
        case .redis: "redis"
        case .broker: "dev-broker"
        }
    }
}

/// A way from one process to another that leads through a proxy.
///
/// There is none to Kafka: its clients connect to the address that the broker names, whatever address they began with.
struct Link: Hashable, Sendable, CustomStringConvertible {
    var from: Node
    var to: Node

    static let all: [Link] =
        Node.jobServices.flatMap { [Link(from: $0, to: .postgres), Link(from: $0, to: .redis)] }
        + Node.schedulers.map { Link(from: $0, to: .postgres) }
        + Node.workers.flatMap { worker in Node.jobServices.map { Link(from: worker, to: $0) } }

    var description: String { "\(from) -> \(to)" }
}
