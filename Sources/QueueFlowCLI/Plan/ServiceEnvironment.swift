import JobCore
import LocalServers

/// The environment of QueueFlow's own programs.
///
/// Each gets the caller's environment, without any secret that is not its own, and its own variables.
enum ServiceEnvironment {
    /// Variables that the stack gives out by itself; what the caller has set reaches a process only through
    /// ``variables(for:configuration:credentials:)``. A worker, for one, has no business with the database.
    static let managed: Set<String> =
        Set(StackPort.allCases.map(\.rawValue))
        .union(StackService.allCases.compactMap(\.externalVariable))
        .union(Credentials.Name.allCases.map(\.rawValue))
        .union(GatewayCertificate.variables)
        .union(["CONTROL_ADDRESS"])

    /// The variables that the stack gives a process.
    static func variables(
        for service: StackService,
        configuration: StackConfiguration,
        credentials: Credentials
    ) -> [String: String] {
        let ports = configuration.ports
        func number(_ port: StackPort) -> String { String(ports[port]) }
        let database =
            configuration.external(.postgres)
            ?? "postgres://\(PostgresCluster.user):\(credentials[.postgresPassword])@127.0.0.1:\(number(.postgres))/queueflow"
        let redis =
            configuration.external(.redis)
            ?? "redis://:\(credentials[.redisPassword])@127.0.0.1:\(number(.redis))/0"
        let brokers = configuration.external(.devBroker) ?? "127.0.0.1:\(number(.broker))"

        switch service {
        case .jobService:
            return [
                "HTTP_PORT": number(.rest), "GRPC_PORT": number(.control), "METRICS_PORT": number(.metrics),
                "DATABASE_URL": database, "REDIS_URL": redis, "KAFKA_BROKERS": brokers,
                "JWT_SECRET": credentials[.jwtSecret],
                "QUEUEFLOW_ADMIN_USERNAME": credentials[.adminUsername],
                "QUEUEFLOW_ADMIN_PASSWORD": credentials[.adminPassword],
                "WORKER_TOKEN": credentials[.workerToken], "TRUSTED_PROXIES": "127.0.0.1,::1",
            ]
        case .worker:
            var variables = [
                "GRPC_PORT": number(.workerGRPC), "METRICS_PORT": number(.workerMetrics), "KAFKA_BROKERS": brokers,
                "CONTROL_ADDRESS": "127.0.0.1:\(number(.control))", "WORKER_TOKEN": credentials[.workerToken],
            ]
            if configuration.external(.devBroker) == nil { variables["KAFKA_PROPERTIES"] = DevBrokerProperties.worker }
            return variables
        case .scheduler:
            return [
                "GRPC_PORT": number(.schedulerGRPC), "METRICS_PORT": number(.schedulerMetrics),
                "DATABASE_URL": database, "KAFKA_BROKERS": brokers,
            ]
        case .devBroker:
            return ["DEV_BROKER_PORT": number(.broker)]
        case .postgres, .redis, .nginx:
            return [:]
        }
    }

    /// What a worker or a client of somebody's own needs to reach the stack. A worker's metrics are on any free port, as the stack's
    /// worker has the usual one.
    static func ofGuests(configuration: StackConfiguration, credentials: Credentials) -> [String: String] {
        var own = variables(for: .worker, configuration: configuration, credentials: credentials)
        own["GRPC_PORT"] = nil
        own["METRICS_PORT"] = "0"
        return own.merging([
            "QUEUEFLOW_URL": configuration.gatewayURL,
            "QUEUEFLOW_USERNAME": credentials[.adminUsername],
            "QUEUEFLOW_PASSWORD": credentials[.adminPassword],
        ]) { $1 }
    }

    /// The whole environment of a process. The files that could stand for variables that the stack gives out are its own affair, too.
    static func whole(inherited: [String: String], own: [String: String]) -> [String: String] {
        inherited.filter { !managed.contains($0.key.hasSuffix("_FILE") ? String($0.key.dropLast(5)) : $0.key) }
            .merging(own) { $1 }
    }

    /// What of an environment makes a process start anew when it changes: what the stack gives it and the settings that its program
    /// reads. Other variables differ from terminal to terminal and change nothing.
    static func significant(
        _ environment: [String: String],
        for service: StackService,
        own: [String: String]
    ) -> [String: String] {
        let process = Setting.Process(rawValue: service.rawValue)
        let names = Set(Setting.all.filter { setting in setting.processes.contains { $0 == process } }.map(\.name))
        return environment.filter { own[$0.key] != nil || names.contains($0.key) }
    }
}
