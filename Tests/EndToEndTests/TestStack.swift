import AsyncHTTPClient
import Foundation
import Kafka
import LocalServers
import NIOCore
import NIOHTTP1

/// The whole of QueueFlow as an operator runs it: real servers and the built executables, for one test alone.
actor TestStack {
    /// One of QueueFlow's own programs.
    enum Program: String, CaseIterable {
        case devBroker = "dev-broker"
        case jobService = "job-service"
        case scheduler
        case worker
        /// Another job-service, which only tests of two have, and no worker has its session with.
        case otherJobService = "other-job-service"

        /// Those of most tests.
        static let usual: [Program] = [.devBroker, .jobService, .scheduler, .worker]

        /// What the program's file is called.
        var file: String { self == .otherJobService ? Program.jobService.rawValue : rawValue }
    }

    static let adminPassword = "correct horse battery staple"
    static let jwtSecret = "4c1f7e0a92b8d6355af0c3e81d7b4629"
    static let workerToken = "0f5a3c9e7b1d2468ace013579bdf8642"

    nonisolated let postgres: PostgresServer
    nonisolated let redis: RedisServer
    private let logs: URL
    /// Those that are started: all, unless a test brings its own.
    private let programs: [Program]
    private nonisolated let ports: [String: Int]
    private var processes: [Program: LeashedProcess] = [:]
    private var token = ""
    /// Settings besides those that every test has.
    private var variables: [Program: [String: String]]

    private init(
        postgres: PostgresServer,
        redis: RedisServer,
        logs: URL,
        programs: [Program],
        variables: [Program: [String: String]]
    ) throws {
        self.programs = programs
        self.variables = variables
        self.postgres = postgres
        self.redis = redis
        self.logs = logs
        var ports: [String: Int] = [:]
        for name in [
            "broker", "http", "grpc", "metrics", "worker-grpc", "worker-metrics", "scheduler-grpc", "scheduler-metrics",
            "other-http", "other-grpc", "other-metrics",
        ] {
            ports[name] = try FreePort.find()
        }
        self.ports = ports
    }

    /// Starts everything, runs the body and ends everything.
    static func run(
        _ variables: [Program: [String: String]] = [:],
        programs: [Program] = Program.usual,
        _ body: (TestStack) async throws -> Void
    ) async throws {
        let stack = try await start(variables, programs: programs)
        do {
            try await body(stack)
        } catch {
            await stack.printLogs()
            await stack.stop()
            throw error
        }
        await stack.stop()
    }

    /// Starts programs and the servers that they need, and waits until they are ready. What is not stopped ends with this process.
    static func start(
        _ variables: [Program: [String: String]] = [:],
        programs: [Program] = Program.usual
    ) async throws -> TestStack {
        let logs = FileManager.default.temporaryDirectory.appending(path: "queueflow-stack-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        async let postgres = PostgresServer.start()
        async let redis = RedisServer.start()
        let stack = try await TestStack(
            postgres: postgres,
            redis: redis,
            logs: logs,
            programs: programs,
            variables: variables
        )
        do {
            for program in programs { try await stack.start(program) }
            try await stack.waitUntilReady()
            return stack
        } catch {
            await stack.printLogs()
            await stack.stop()
            throw error
        }
    }

    // MARK: Processes

    /// Starts a program, or starts it again after it was killed.
    func start(_ program: Program) async throws {
        processes[program] = try await LeashedProcess.start(
            LaunchCommand(
                executable: Self.products.appending(path: program.file).path,
                environment: LaunchCommand.minimalEnvironment.merging(environment(of: program)) { $1 }
            ),
            log: logs.appending(path: "\(program.rawValue).log")
        )
    }

    /// Runs a program with an argument and the settings that it has in this stack, less those that are nil, and waits for its end.
    func command(
        _ program: Program,
        _ argument: String,
        _ changes: [String: String?] = [:]
    ) async throws -> (output: String, status: Int32?) {
        var environment = LaunchCommand.minimalEnvironment.merging(environment(of: program)) { $1 }
        for (name, value) in changes { environment[name] = value }
        let log = logs.appending(path: "command-\(UUID().uuidString).log")
        let process = try await LeashedProcess.start(
            LaunchCommand(
                executable: Self.products.appending(path: program.file).path,
                arguments: [argument],
                environment: environment
            ),
            log: log
        )
        let status = await process.waitForExit(within: .seconds(30))
        await process.release()
        return (try String(contentsOf: log, encoding: .utf8), status)
    }

    /// Ends a program with a signal and waits until it is gone.
    ///
    /// - Returns: Its exit status.
    @discardableResult
    func end(_ program: Program, with signal: Int32) async -> Int32? {
        processes[program]?.signal(signal)
        return await processes[program]?.waitForExit(within: .seconds(40))
    }

    /// Ends everything that was started; for who started it by ``start(_:programs:)``.
    func stop() async {
        for program in programs.reversed() {
            await processes[program]?.stop()
        }
        await postgres.stop()
        try? FileManager.default.removeItem(at: logs)
    }

    /// What a program is told.
    func environment(of program: Program) -> [String: String] {
        func port(_ name: String) -> String { String(ports[name] ?? 0) }
        let broker = "127.0.0.1:\(port("broker"))"
        return switch program {
        case .devBroker:
            ["DEV_BROKER_PORT": port("broker")]
        case .jobService, .otherJobService:
            [
                "DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "KAFKA_BROKERS": broker,
                "HTTP_PORT": port(name("http", of: program)),
                "GRPC_PORT": port(name("grpc", of: program)), "METRICS_PORT": port(name("metrics", of: program)),
                "JWT_SECRET": Self.jwtSecret, "QUEUEFLOW_ADMIN_PASSWORD": Self.adminPassword,
                "WORKER_TOKEN": Self.workerToken, "LOGIN_LIMIT_MAX": "0",
            ].merging(variables[program] ?? [:]) { $1 }
        case .scheduler:
            [
                "DATABASE_URL": postgres.url, "KAFKA_BROKERS": broker, "GRPC_PORT": port("scheduler-grpc"),
                "METRICS_PORT": port("scheduler-metrics"),
            ].merging(variables[.scheduler] ?? [:]) { $1 }
        case .worker:
            [
                "KAFKA_BROKERS": broker, "CONTROL_ADDRESS": "127.0.0.1:\(port("grpc"))",
                "GRPC_PORT": port("worker-grpc"),
                "METRICS_PORT": port("worker-metrics"), "DRAIN_TIMEOUT": "2", "WORKER_TOKEN": Self.workerToken,
                "KAFKA_PROPERTIES": DevBrokerProperties.worker,
            ].merging(variables[.worker] ?? [:]) { $1 }
        }
    }

    /// What a port of one of the job-services is called.
    private nonisolated func name(_ port: String, of program: Program) -> String {
        program == .otherJobService ? "other-\(port)" : port
    }

    /// Where the build puts its products: beside the test bundle.
    static var products: URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    }

    /// Where a program's gRPC server listens.
    nonisolated func grpcAddress(of program: Program) -> String {
        let name =
            switch program {
            case .worker: "worker-grpc"
            case .scheduler: "scheduler-grpc"
            case .otherJobService: "other-grpc"
            case .jobService, .devBroker: "grpc"
            }
        return "127.0.0.1:\(ports[name] ?? 0)"
    }

    /// Where a program serves its metrics.
    nonisolated func metricsAddress(of program: Program) -> String {
        let name = program == .worker ? "worker-metrics" : program == .scheduler ? "scheduler-metrics" : "metrics"
        return "127.0.0.1:\(ports[name] ?? 0)"
    }

    /// Changes a program's settings; they hold from its next start.
    func set(_ name: String, of program: Program, to value: String) {
        variables[program, default: [:]][name] = value
    }

    /// What a program has logged.
    func log(of program: Program) -> String {
        (try? String(contentsOf: logs.appending(path: "\(program.rawValue).log"), encoding: .utf8)) ?? ""
    }

    private func printLogs() {
        for program in programs {
            let log = logs.appending(path: "\(program.rawValue).log")
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            print("--- \(program.rawValue)\n\(text.split(separator: "\n").suffix(30).joined(separator: "\n"))")
        }
    }

    /// Where the REST API is.
    nonisolated var url: String { "http://127.0.0.1:\(ports["http"] ?? 0)" }

    /// Where the REST API of one of the job-services is.
    nonisolated func url(of program: Program) -> String { "http://127.0.0.1:\(ports[name("http", of: program)] ?? 0)" }

    /// How to reach the broker.
    nonisolated var kafka: KafkaConnection { KafkaConnection(brokers: kafkaBrokers) }

    /// Where the broker is.
    nonisolated var kafkaBrokers: String { "127.0.0.1:\(ports["broker"] ?? 0)" }

    // MARK: Requests

    private func waitUntilReady() async throws {
        let names = [
            Program.jobService: "metrics", .scheduler: "scheduler-metrics", .worker: "worker-metrics",
            .otherJobService: "other-metrics",
        ]
        for name in programs.compactMap({ names[$0] }) {
            _ = try await waitFor("\(name) to be ready", within: .seconds(60)) {
                let answer = try? await self.get("http://127.0.0.1:\(self.ports[name] ?? 0)/readyz")
                return answer?.status == 200 ? answer : nil
            }
        }
        try await login()
    }

    /// Waits until a program's report on its readiness says something, and answers the report.
    func waitForReadiness(of program: Program, _ isMeant: (Answer) -> Bool) async throws -> Answer {
        let name = program == .worker ? "worker-metrics" : program == .scheduler ? "scheduler-metrics" : "metrics"
        return try await waitFor("\(program) to report", within: .seconds(20)) {
            guard let answer = try? await self.get("http://127.0.0.1:\(self.ports[name] ?? 0)/readyz") else {
                return nil
            }
            return isMeant(answer) ? answer : nil
        }
    }

    private func login() async throws {
        let body = #"{"username": "admin", "password": "\#(Self.adminPassword)"}"#
        let answer = try await request("POST", "/login", body: body)
        guard let token = answer.json["access_token"] as? String else { throw Unexpected(answer) }
        self.token = token
    }

    /// Submits a job, as the administrator or by an API key, and answers its id.
    func submit(_ job: String, key: String? = nil) async throws -> String {
        let answer = try await request("POST", "/jobs", body: job, key: key)
        guard answer.status == 201, let id = answer.json["id"] as? String else { throw Unexpected(answer) }
        return id
    }

    /// Submits so many jobs of one kind in one request.
    func submitBatch(of count: Int, _ job: String) async throws {
        let jobs = Array(repeating: job, count: count).joined(separator: ",")
        let answer = try await request("POST", "/jobs/batch", body: "[\(jobs)]")
        guard answer.status == 201 else { throw Unexpected(answer) }
    }

    /// Listens to the events at one of the job-services, for as long as the answer is read.
    func listen(at program: Program, _ query: String = "") async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url(of: program) + "/events" + query)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        return try await Self.client.execute(request, timeout: .seconds(60))
    }

    /// A new API key of a tenant.
    func apiKey(tenant: String, role: String = "USER") async throws -> String {
        _ = try await request("POST", "/tenants", body: #"{"name": "\#(tenant)"}"#)
        let body = #"{"name": "test", "tenant": "\#(tenant)", "role": "\#(role)"}"#
        let answer = try await request("POST", "/api-keys", body: body)
        guard let key = answer.json["key"] as? String else { throw Unexpected(answer) }
        return key
    }

    /// The job as the API shows it.
    func job(_ id: String) async throws -> Answer {
        try await request("GET", "/jobs/\(id)")
    }

    /// Waits until a job is in a state and answers the job.
    @discardableResult
    func wait(
        for id: String,
        toBe state: String,
        within limit: Duration = .seconds(20),
        where isMeant: @Sendable (Answer) -> Bool = { _ in true }
    ) async throws -> Answer {
        try await waitFor("job \(id) to be \(state)", within: limit) {
            guard let answer = try? await self.request("GET", "/jobs/\(id)") else { return nil }
            return answer.json["state"] as? String == state && isMeant(answer) ? answer : nil
        }
    }

    /// Waits until something is so.
    func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await waitFor(what, within: .seconds(60)) { try await condition() ? true : nil }
    }

    /// Enough connections for requests to meet each other in the job-service.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// What `/metrics` says in JSON.
    func figures() async throws -> Answer {
        try await request("GET", "/metrics")
    }

    /// A counter or gauge of the job-service, as Prometheus sees it; the sum over its labels.
    func metric(_ name: String) async throws -> Double {
        let text = try await get("http://127.0.0.1:\(ports["metrics"] ?? 0)/metrics").body
        return text.split(separator: "\n").filter { $0.hasPrefix("\(name)") && !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    /// Where a program serves its metrics.
    nonisolated func metricsURL(of program: Program) -> String {
        let name = program == .worker ? "worker-metrics" : program == .scheduler ? "scheduler-metrics" : "metrics"
        return "http://127.0.0.1:\(ports[name] ?? 0)/metrics"
    }

    /// What a program tells Prometheus.
    func scrape(_ program: Program) async throws -> Scrape {
        Scrape(try await get(metricsURL(of: program)).body)
    }

    /// Sends a program a signal that does not end it.
    func signal(_ program: Program, _ signal: Int32) {
        processes[program]?.signal(signal)
    }

    func request(
        _ method: String,
        _ path: String,
        body: String? = nil,
        key: String? = nil,
        traceparent: String? = nil,
        at program: Program = .jobService
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url(of: program) + path)
        if let traceparent { request.headers.add(name: "traceparent", value: traceparent) }
        request.method = .init(rawValue: method)
        if let key {
            request.headers.add(name: "X-API-Key", value: key)
        } else if !token.isEmpty {
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        return try await Answer(Self.client.execute(request, timeout: .seconds(30)))
    }

    private func get(_ url: String) async throws -> Answer {
        try await Answer(Self.client.execute(HTTPClientRequest(url: url), timeout: .seconds(5)))
    }

    /// Asks again and again, as only the outside of a process can be seen, until there is an answer or the time is up.
    @discardableResult
    private func waitFor<Result>(
        _ what: String,
        within limit: Duration,
        _ probe: () async throws -> Result?
    ) async throws -> Result {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let result = try await probe() { return result }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TookTooLong(what: what, limit: limit)
    }
}
