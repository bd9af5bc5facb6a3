/// A TCP port of the local stack; its raw value is the environment variable that moves it.
enum StackPort: String, CaseIterable, Sendable, Hashable {
    case postgres = "POSTGRES_PORT"
    case redis = "REDIS_PORT"
    case broker = "DEV_BROKER_PORT"
    case rest = "HTTP_PORT"
    case control = "GRPC_PORT"
    case metrics = "METRICS_PORT"
    case workerGRPC = "WORKER_GRPC_PORT"
    case workerMetrics = "WORKER_METRICS_PORT"
    case schedulerGRPC = "SCHEDULER_GRPC_PORT"
    case schedulerMetrics = "SCHEDULER_METRICS_PORT"
    case gateway = "GATEWAY_PORT"
    case gatewayTLS = "GATEWAY_TLS_PORT"

    /// The port when its variable is not set.
    var standard: Int {
        switch self {
        case .postgres: 54320
        case .redis: 63790
        case .broker: 9092
        case .rest: 8080
        case .control: 50051
        case .metrics: 2112
        case .workerGRPC: 50053
        case .workerMetrics: 2113
        case .schedulerGRPC: 50052
        case .schedulerMetrics: 2114
        case .gateway: 8000
        case .gatewayTLS: 8443
        }
    }

    /// The process that listens on it.
    var service: StackService {
        switch self {
        case .postgres: .postgres
        case .redis: .redis
        case .broker: .devBroker
        case .rest, .control, .metrics: .jobService
        case .workerGRPC, .workerMetrics: .worker
        case .schedulerGRPC, .schedulerMetrics: .scheduler
        case .gateway, .gatewayTLS: .nginx
        }
    }

    /// What is spoken there, for tables.
    var use: String {
        switch self {
        case .postgres: "SQL"
        case .redis: "Redis"
        case .broker: "Kafka"
        case .rest: "REST"
        case .control, .workerGRPC, .schedulerGRPC: "gRPC"
        case .metrics, .workerMetrics, .schedulerMetrics: "metrics"
        case .gateway: "gateway"
        case .gatewayTLS: "TLS"
        }
    }
}
