import Formats
import Foundation
import LocalServers

/// Works out what is to run; starts nothing and writes nothing.
struct StackPlanner: Sendable {
    let configuration: StackConfiguration
    let credentials: Credentials
    /// The cluster, if this stack runs PostgreSQL.
    let cluster: PostgresCluster?
    /// The Redis instance, if this stack runs it.
    let redis: RedisInstance?
    let gateway: Gateway

    /// Finds the programs and templates that are needed.
    ///
    /// - Throws: ``StackError`` naming what is not installed or not built.
    init(configuration: StackConfiguration, credentials: Credentials) throws(StackError) {
        self.configuration = configuration
        self.credentials = credentials
        do {
            if configuration.external(.postgres) == nil {
                cluster = try PostgresCluster(
                    directory: configuration.directory.postgres(for: ServerAccount.current()),
                    port: configuration.ports[.postgres],
                    password: credentials[.postgresPassword],
                    settings: Self.postgresSettings
                )
            } else {
                cluster = nil
            }
            if configuration.external(.redis) == nil {
                redis = try RedisInstance(
                    directory: configuration.directory.redis,
                    port: configuration.ports[.redis],
                    password: credentials[.redisPassword]
                )
            } else {
                redis = nil
            }
        } catch {
            throw .server(error)
        }
        gateway = try Gateway(configuration: configuration)
    }

    /// Room for the pools of several services, and checkpoints rarer than PostgreSQL's own default of 1 GB of log.
    static let postgresSettings = [
        "max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB", "timezone": "UTC",
    ]

    /// The plan of every service, in the order of starting.
    ///
    /// - Throws: ``StackError/notBuilt(program:path:)``.
    func plans() throws(StackError) -> [ServicePlan] {
        var plans: [ServicePlan] = []
        for service in configuration.services { plans.append(try plan(service)) }
        return plans
    }

    private func plan(_ service: StackService) throws(StackError) -> ServicePlan {
        switch service {
        case .postgres:
            guard let cluster else { return external(service) }
            return process(service, cluster.serverCommand, significant: [cluster.password])
        case .redis:
            guard let redis else { return external(service) }
            return process(service, redis.serverCommand, significant: [redis.configuration])
        case .nginx:
            let files = gateway.files.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
            let certificate = gateway.certificate.map { Fingerprint.ofFile($0.chain) }
            return process(service, gateway.command, significant: files + [certificate].compactMap(\.self))
        case .devBroker where configuration.external(service) != nil:
            return external(service)
        case .devBroker, .jobService, .worker, .scheduler:
            let own = ServiceEnvironment.variables(
                for: service,
                configuration: configuration,
                credentials: credentials
            )
            let environment = ServiceEnvironment.whole(inherited: configuration.environment, own: own)
            let command = LaunchCommand(
                executable: try program(service),
                environment: environment,
                workingDirectory: configuration.workingDirectory
            )
            let settings = ServiceEnvironment.significant(environment, for: service, own: own)
            return process(service, command, settings: settings.mapValues { Fingerprint.of([$0]) })
        }
    }

    private func process(
        _ service: StackService,
        _ command: LaunchCommand,
        significant: [String] = [],
        settings: [String: String] = [:]
    ) -> ServicePlan {
        ServicePlan(
            service: service,
            kind: .process(command),
            ports: configuration.ports(of: service),
            check: check(service),
            fingerprint: Fingerprint.of(
                [command.executable, Fingerprint.ofFile(command.executable)] + command.arguments + significant
                    + settings.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
            ),
            settings: settings
        )
    }

    private func program(_ service: StackService) throws(StackError) -> String {
        let path = configuration.binaries.appending(path: service.rawValue).path
        guard access(path, X_OK) == 0 else { throw .notBuilt(program: service.rawValue, path: path) }
        return path
    }

    private func external(_ service: StackService) -> ServicePlan {
        let address = configuration.external(service) ?? ""
        let endpoints =
            switch service {
            case .postgres: [Endpoint(url: address, standardPort: 5432)].compactMap(\.self)
            case .redis: [Endpoint(url: address, standardPort: 6379)].compactMap(\.self)
            default: Endpoint.list(address, standardPort: 9092)
            }
        // The database's name belongs to where; a password, or anything else of a URL, does not.
        let path = service == .postgres && !endpoints.isEmpty ? URLComponents(string: address)?.path ?? "" : ""
        return ServicePlan(
            service: service,
            kind: .external(address: endpoints.map(\.description).joined(separator: ",") + path),
            ports: [],
            check: endpoints.isEmpty ? .unknown : .reachable(endpoints),
            fingerprint: Fingerprint.of([address]),
            settings: [:]
        )
    }

    private func check(_ service: StackService) -> ReadinessCheck {
        let ports = configuration.ports
        func local(_ port: StackPort) -> Endpoint { Endpoint(host: "127.0.0.1", port: ports[port]) }
        return switch service {
        case .postgres: .postgres(local(.postgres), user: PostgresCluster.user)
        case .redis: .redis(local(.redis), password: credentials[.redisPassword])
        case .devBroker: .kafka(local(.broker))
        case .jobService: .http(url: "http://\(local(.rest))/readyz")
        case .worker: .http(url: "http://\(local(.workerMetrics))/readyz")
        case .scheduler: .http(url: "http://\(local(.schedulerMetrics))/readyz")
        case .nginx: .http(url: "http://\(local(.gateway))/gateway/healthz")
        }
    }
}

/// A short text that changes when what it was made of changes.
enum Fingerprint {
    /// The hash of the parts, each with an end of its own.
    static func of(_ parts: [String]) -> String {
        var hash = FNV1a()
        for part in parts { hash.add(Array(part.utf8) + [0]) }
        return hash.text
    }

    /// What tells a newly built executable from the former one: its size and the time of its last change.
    static func ofFile(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "absent" }
        return "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
}
