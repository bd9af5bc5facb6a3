import Testing

@testable import QueueFlowCLI

@Suite struct ServiceEnvironmentTests {
    private func whole(_ service: StackService, _ caller: [String: String]) throws -> [String: String] {
        let own = ServiceEnvironment.variables(
            for: service,
            configuration: try Samples.configuration(caller),
            credentials: Samples.credentials(caller)
        )
        return ServiceEnvironment.whole(inherited: caller, own: own)
    }

    @Test func theJobServiceGetsEverythingItNeeds() throws {
        let environment = try whole(.jobService, ["QUEUEFLOW_ADMIN_PASSWORD": "given", "LOG_LEVEL": "debug"])
        #expect(environment["HTTP_PORT"] == "8080")
        #expect(environment["GRPC_PORT"] == "50051")
        #expect(environment["METRICS_PORT"] == "2112")
        #expect(environment["QUEUEFLOW_ADMIN_USERNAME"] == "admin")
        #expect(environment["QUEUEFLOW_ADMIN_PASSWORD"] == "given")
        #expect(environment["KAFKA_BROKERS"] == "127.0.0.1:9092")
        #expect(environment["JWT_SECRET"]?.count == 64)
        #expect(environment["WORKER_TOKEN"]?.count == 64)
        #expect(environment["DATABASE_URL"]?.hasSuffix("@127.0.0.1:54320/queueflow") == true)
        #expect(environment["REDIS_URL"]?.hasSuffix("@127.0.0.1:63790/0") == true)
        #expect(environment["LOG_LEVEL"] == "debug")
    }

    @Test func aWorkerKnowsNeitherTheDatabaseNorTheAdministrator() throws {
        let environment = try whole(
            .worker,
            [
                "DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://r", "QUEUEFLOW_ADMIN_PASSWORD": "p",
                "JWT_SECRET": "s",
            ]
        )
        #expect(environment["DATABASE_URL"] == nil)
        #expect(environment["REDIS_URL"] == nil)
        #expect(environment["QUEUEFLOW_ADMIN_PASSWORD"] == nil)
        #expect(environment["JWT_SECRET"] == nil)
        #expect(environment["CONTROL_ADDRESS"] == "127.0.0.1:50051")
        #expect(environment["WORKER_TOKEN"]?.count == 64)
        #expect(environment["GRPC_PORT"] == "50053")
        #expect(environment["METRICS_PORT"] == "2113")
    }

    @Test func theSchedulerGetsItsOwnPorts() throws {
        let environment = try whole(.scheduler, ["METRICS_PORT": "4000", "SCHEDULER_METRICS_PORT": "4002"])
        #expect(environment["METRICS_PORT"] == "4002")
        #expect(environment["GRPC_PORT"] == "50052")
        #expect(environment["JWT_SECRET"] == nil)
    }

    @Test func serversElsewhereArePassedOnAsTheyWereGiven() throws {
        let caller = [
            "DATABASE_URL": "postgres://u:p@db:5433/q?sslmode=require", "REDIS_URL": "redis://cache:6379/3",
            "KAFKA_BROKERS": "k1:9092,k2:9092",
        ]
        let environment = try whole(.jobService, caller)
        for (name, value) in caller { #expect(environment[name] == value) }
    }

    /// A file for what the stack gives out by itself would be a second answer to one question.
    @Test func aFileOfTheCallersIsNoSecondAnswer() throws {
        let caller = [
            "DATABASE_URL_FILE": "/a", "WORKER_TOKEN_FILE": "/b", "TLS_KEY": "/c", "JWT_PRIVATE_KEY_FILE": "/d",
        ]
        let environment = try whole(.jobService, caller)
        #expect(environment["DATABASE_URL_FILE"] == nil && environment["WORKER_TOKEN_FILE"] == nil)
        #expect(environment["TLS_KEY"] == nil && environment["JWT_PRIVATE_KEY_FILE"] == "/d")
    }

    @Test func onlyConfigurationMakesAProcessStartAnew() {
        func significant(_ more: [String: String], _ service: StackService) -> [String: String] {
            let own = ["METRICS_PORT": "1"]
            return ServiceEnvironment.significant(own.merging(more) { $1 }, for: service, own: own)
        }
        #expect(significant(["TERM": "vt100", "PWD": "/x"], .worker) == ["METRICS_PORT": "1"])
        #expect(significant(["LOG_LEVEL": "debug"], .worker) == ["METRICS_PORT": "1", "LOG_LEVEL": "debug"])
    }

    /// A setting starts those anew that read it: the worker's queues are no business of the job-service.
    @Test func aSettingIsSignificantForItsReadersOnly() {
        let environment = [
            "WORKER_QUEUES": "mail", "EXEC_ALLOW": "/bin/date", "UNHANDLED_TYPE_TTL": "1h", "LOG_LEVEL": "info",
        ]
        func names(_ service: StackService) -> [String] {
            ServiceEnvironment.significant(environment, for: service, own: [:]).keys.sorted()
        }
        #expect(names(.jobService) == ["LOG_LEVEL"])
        #expect(names(.worker) == ["EXEC_ALLOW", "LOG_LEVEL", "WORKER_QUEUES"])
        #expect(names(.scheduler) == ["LOG_LEVEL", "UNHANDLED_TYPE_TTL"])
        #expect(names(.devBroker) == [])
    }

    /// A worker or a client of somebody's own reaches the stack by these, and takes no port of the stack's worker.
    @Test func guestsGetWhatReachesTheStack() throws {
        let caller = ["QUEUEFLOW_ADMIN_PASSWORD": "given", "GATEWAY_PORT": "8001"]
        let environment = ServiceEnvironment.ofGuests(
            configuration: try Samples.configuration(caller),
            credentials: Samples.credentials(caller)
        )
        #expect(environment["CONTROL_ADDRESS"] == "127.0.0.1:50051" && environment["KAFKA_BROKERS"] == "127.0.0.1:9092")
        #expect(environment["WORKER_TOKEN"]?.count == 64 && environment["KAFKA_PROPERTIES"]?.isEmpty == false)
        #expect(environment["METRICS_PORT"] == "0" && environment["GRPC_PORT"] == nil)
        #expect(environment["QUEUEFLOW_USERNAME"] == "admin" && environment["QUEUEFLOW_PASSWORD"] == "given")
        #expect(environment["QUEUEFLOW_URL"] == "http://127.0.0.1:8001")
        #expect(environment["DATABASE_URL"] == nil && environment["JWT_SECRET"] == nil)
    }
}
