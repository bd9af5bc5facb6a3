import Foundation
import LocalServers
import NIOCore

/// The platform under attack: two job-services, four workers and at times a fifth, two schedulers and real servers, with a proxy on every
/// link that can have one.
actor ChaosStack {
    static let administrator = "admin"

    nonisolated let postgres: PostgresServer
    nonisolated let redis: RedisServer
    nonisolated let directory: URL
    nonisolated let httpPorts: [Int]
    private nonisolated let password = UUID().uuidString
    private nonisolated let secret = UUID().uuidString + UUID().uuidString
    private nonisolated let workerToken = UUID().uuidString + UUID().uuidString
    private let binaries: URL
    private let proxies: [Link: FaultProxy]
    private let ports: [Node: [String: Int]]
    private let broker: Broker
    private let brokerPort: Int
    /// What topics are called: a broker that is there already may be others', too.
    private let topics = "chaos-\(UUID().uuidString.prefix(8).lowercased())"
    private var processes: [Node: LeashedProcess] = [:]
    private var transactions: [Fault: OpenTransaction] = [:]

    /// Where handlers note what they do.
    nonisolated var ledger: String { directory.appending(path: "ledger").path }

    private init(
        binaries: URL,
        directory: URL,
        postgres: PostgresServer,
        redis: RedisServer,
        ports: [Node: [String: Int]],
        broker: Broker,
        brokerPort: Int,
        proxies: [Link: FaultProxy]
    ) {
        self.binaries = binaries
        self.directory = directory
        self.postgres = postgres
        self.redis = redis
        self.ports = ports
        self.broker = broker
        self.brokerPort = brokerPort
        self.proxies = proxies
        httpPorts = Node.jobServices.compactMap { ports[$0]?["HTTP_PORT"] }
    }

    /// Starts everything and waits until it is ready.
    ///
    /// - Parameters:
    ///   - binaries: Where the built executables are.
    ///   - directory: Where logs and the ledger go.
    ///   - broker: The Kafka broker to use.
    static func start(binaries: URL, directory: URL, broker: Broker = .own) async throws -> ChaosStack {
        async let postgres = PostgresServer.start()
        async let redis = RedisServer.start()
        var ports: [Node: [String: Int]] = [:]
        for node in Node.services + [.guest] {
            var own = ["GRPC_PORT": try FreePort.find(), "METRICS_PORT": try FreePort.find()]
            if case .jobService = node { own["HTTP_PORT"] = try FreePort.find() }
            ports[node] = own
        }
        let servers = try await (postgres, redis)
        var proxies: [Link: FaultProxy] = [:]
        for link in Link.all + Link.guests {
            let target =
                switch link.to {
                case .postgres: servers.0.port
                case .redis: servers.1.port
                default: ports[link.to]?["GRPC_PORT"] ?? 0
                }
            proxies[link] = try await FaultProxy.start(to: target)
        }
        let stack = ChaosStack(
            binaries: binaries,
            directory: directory,
            postgres: servers.0,
            redis: servers.1,
            ports: ports,
            broker: broker,
            brokerPort: try FreePort.find(),
            proxies: proxies
        )
        do {
            for node in [.broker] + Node.services { try await stack.launch(node) }
            try await stack.waitUntilReady(within: .seconds(60))
        } catch {
            await stack.stop()
            throw error
        }
        return stack
    }

    /// A new API key of a tenant, which outlasts any run.
    nonisolated func apiKey(tenant: String, role: String = "USER") async throws -> HTTP.Credential {
        struct Login: Decodable { var access_token: String }
        struct Key: Decodable { var key: String }
        let login: Login = try await HTTP.insist(
            "POST",
            port: httpPorts[0],
            "/login",
            body: ["username": Self.administrator, "password": password],
            // Passwords are dear to check, above all for code that is not optimised.
            within: .seconds(60)
        ).decode()
        // There may be one already.
        _ = try await HTTP.insist(
            "POST",
            port: httpPorts[0],
            "/tenants",
            as: .token(login.access_token),
            body: ["name": tenant]
        )
        let key: Key = try await HTTP.insist(
            "POST",
            port: httpPorts[0],
            "/api-keys",
            as: .token(login.access_token),
            body: ["name": "chaos", "tenant": tenant, "role": role]
        ).decode()
        return .key(key.key)
    }

    // MARK: Faults

    /// Begins a fault.
    func begin(_ fault: Fault) async throws {
        switch fault.target {
        case .link(let link):
            try await proxies[link]?.set(fault.mode)
        case .rows, .database:
            // The database may be away for another fault's sake.
            transactions[fault] = try? await OpenTransaction.begin(fault, url: postgres.url)
        case .node(let node):
            switch fault.kind {
            case .kill: await kill(node)
            case .freeze: await signal(node, SIGSTOP)
            case .visit, .vanish: try await launch(node)
            default: await signal(node, SIGTERM)
            }
        }
    }

    /// Ends a fault: what it broke is whole again.
    func end(_ fault: Fault) async throws {
        switch fault.target {
        case .link(let link):
            try await proxies[link]?.set(.open)
        case .rows, .database:
            await transactions.removeValue(forKey: fault)?.end()
        case .node(let node):
            switch fault.kind {
            case .freeze: await signal(node, SIGCONT)
            case .visit: await processes[node]?.stop()
            case .vanish: await kill(node)
            default: try await restart(node)
            }
        }
    }

    private func kill(_ node: Node) async {
        switch node {
        case .postgres: await postgres.kill()
        case .redis: await redis.kill()
        default: await processes[node]?.stop(signal: SIGKILL)
        }
    }

    private func signal(_ node: Node, _ number: Int32) async {
        switch node {
        case .postgres:
            // The postmaster and the processes that serve connections.
            if let pid = await postgres.pid { Self.signalFamily(of: pid, number) }
        case .redis:
            if let pid = await redis.pid { Foundation.kill(pid, number) }
        default: processes[node]?.signal(number)
        }
    }

    private static func signalFamily(of pid: Int32, _ number: Int32) {
        Foundation.kill(pid, number)
        let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        for child in (children ?? "").split(separator: " ").compactMap({ Int32($0) }) { Foundation.kill(child, number) }
    }

    private func restart(_ node: Node) async throws {
        switch node {
        case .postgres: try await postgres.restart()
        case .redis: try await redis.restart()
        default:
            // One that was told to end has as long as its drain may take.
            await processes[node]?.stop(signal: 0, grace: .seconds(10))
            try await launch(node)
        }
    }

    // MARK: Processes

    private func launch(_ node: Node) async throws {
        if case (.broker, .existing) = (node, broker) { return }
        processes[node] = try await LeashedProcess.start(
            LaunchCommand(
                executable: executable(of: node),
                arguments: arguments(of: node),
                environment: LaunchCommand.minimalEnvironment.merging(environment(of: node)) { $1 }
            ),
            log: directory.appending(path: "\(node).log")
        )
    }

    private func executable(of node: Node) -> String {
        let name: String
        switch (node, broker) {
        case (.broker, .command): return "/bin/sh"
        case (.broker, _): name = "dev-broker"
        case (.jobService, _): name = "job-service"
        case (.scheduler, _): name = "scheduler"
        default: name = "chaos"
        }
        return binaries.appending(path: name).path
    }

    private func arguments(of node: Node) -> [String] {
        if case (.broker, .command(let command, _)) = (node, broker) { return ["-c", "exec \(command)"] }
        return node.isWorker ? ["worker", "--ledger", ledger] + node.types.flatMap { ["--type", $0] } : []
    }

    private var brokerAddress: String {
        switch broker {
        case .own: "127.0.0.1:\(brokerPort)"
        case .existing(let address), .command(_, let address): address
        }
    }

    private func environment(of node: Node) -> [String: String] {
        func through(_ to: Node) -> String { String(proxies[Link(from: node, to: to)]?.port ?? 0) }
        let database = postgres.url.replacing(":\(postgres.port)/", with: ":\(through(.postgres))/")
        var environment = (ports[node] ?? [:]).mapValues(String.init)
        environment["KAFKA_BROKERS"] = brokerAddress
        environment["KAFKA_TOPIC_PREFIX"] = topics
        switch node {
        case .jobService:
            environment["DATABASE_URL"] = database
            environment["REDIS_URL"] = redis.url.replacing(":\(redis.port)", with: ":\(through(.redis))")
            environment["JWT_SECRET"] = secret
            environment["WORKER_TOKEN"] = workerToken
            environment["QUEUEFLOW_ADMIN_USERNAME"] = Self.administrator
            environment["QUEUEFLOW_ADMIN_PASSWORD"] = password
            // The suite sends from one address as fast as it can.
            environment["RATE_LIMIT_MAX"] = "1000000"
        case .scheduler:
            environment["DATABASE_URL"] = database
        case .worker, .specialist, .guest:
            environment["CONTROL_ADDRESS"] = Node.jobServices.map { "127.0.0.1:\(through($0))" }.joined(separator: ",")
            environment["WORKER_NAME"] = "\(node)"
            environment["WORKER_TOKEN"] = workerToken
            environment["WORKER_CONCURRENCY"] = "32"
            environment["DRAIN_TIMEOUT"] = "3"
            if broker == .own { environment["KAFKA_PROPERTIES"] = DevBrokerProperties.worker }
        case .broker:
            // A broker that is started by a command finds what it needs as everybody does.
            return broker == .own ? ["DEV_BROKER_PORT": String(brokerPort)] : LaunchCommand.inheritedEnvironment
        case .postgres, .redis:
            break
        }
        return environment
    }

    /// Waits until every process says that it makes progress.
    func waitUntilReady(within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        for node in Node.services {
            guard let port = ports[node]?["METRICS_PORT"] else { continue }
            while await !HTTP.isReady(port: port) {
                guard ContinuousClock.now < deadline else { throw NotReadyInTime(node: node, limit: limit) }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Ends everything.
    func stop() async {
        for transaction in transactions.values { await transaction.end() }
        let nodes = Node.services + [.guest, .broker]
        for node in nodes { processes[node]?.signal(SIGCONT) }
        for node in nodes { await processes[node]?.stop(signal: SIGKILL) }
        for proxy in proxies.values { await proxy.stop() }
        await redis.stop()
        await postgres.stop()
    }
}

/// A process that did not come up, or not come back.
struct NotReadyInTime: Error, CustomStringConvertible {
    var node: Node
    var limit: Duration

    var description: String { "\(node) was not ready within \(limit.inSeconds) s; its log has the reason" }
}
