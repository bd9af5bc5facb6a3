/// A process of the platform, and the servers it leans on.
enum Node: Hashable, Sendable, CustomStringConvertible {
    case jobService(Int)
    case worker(Int)
    case specialist
    case guest
    case scheduler(Int)
    case postgres
    case redis
    case broker

    static let jobServices = (1...2).map(Node.jobService)
    /// Workers that are there all the time and have handlers for all types but ``LedgerHandler/special``.
    static let workers = (1...3).map(Node.worker)
    static let schedulers = (1...2).map(Node.scheduler)
    /// QueueFlow's own processes. The specialist is a worker that has a handler for ``LedgerHandler/special``, which no other has.
    static let services = jobServices + schedulers + workers + [.specialist]
    /// All there are. The guest is a worker that joins now and then, and leaves.
    static let all = [.postgres, .redis, .broker, .guest] + services

    /// Whether it is a worker of any kind.
    var isWorker: Bool {
        switch self {
        case .worker, .specialist, .guest: true
        default: false
        }
    }

    /// The types for which it has handlers, if it is a worker.
    var types: [String] {
        switch self {
        case .specialist: [LedgerHandler.work, LedgerHandler.special]
        case .worker, .guest: [LedgerHandler.work, LedgerHandler.blocking]
        default: []
        }
    }

    var description: String {
        switch self {
        case .jobService(let number): "job-service-\(number)"
        case .worker(let number): "worker-\(number)"
        case .specialist: "specialist"
        case .guest: "guest"
        case .scheduler(let number): "scheduler-\(number)"
        case .postgres: "postgres"
        case .redis: "redis"
        case .broker: "broker"
        }
    }
}

/// A way from one process to another that leads through a proxy.
///
/// There is none to Kafka: its clients connect to the address that the broker names, whatever address they began with.
struct Link: Hashable, Sendable, CustomStringConvertible {
    var from: Node
    var to: Node

    /// Those that faults meet.
    static let all: [Link] =
        Node.jobServices.flatMap { [Link(from: $0, to: .postgres), Link(from: $0, to: .redis)] }
        + Node.schedulers.map { Link(from: $0, to: .postgres) }
        + (Node.workers + [.specialist]).flatMap { worker in Node.jobServices.map { Link(from: worker, to: $0) } }
    /// Those of the guest, which meets no other fault than its end.
    static let guests = Node.jobServices.map { Link(from: .guest, to: $0) }

    var description: String { "\(from) -> \(to)" }
}
