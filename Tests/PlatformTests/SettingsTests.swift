import Configuration
import Foundation
import JobCore
import Kafka
import OTLP
import Platform
import Testing

@testable import JobService
@testable import QueueFlowWorker
@testable import Scheduler

@Suite struct SettingsTests {
    private func reader(_ variables: [String: String]) -> SettingsReader {
        SettingsReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
    }

    private let enough = [
        "DATABASE_URL": "postgres://u:p@localhost/db", "REDIS_URL": "redis://localhost",
        "KAFKA_BROKERS": "localhost:9092",
        "JWT_SECRET": "4c1f7e0a92b8d6355af0c3e81d7b4629", "QUEUEFLOW_ADMIN_PASSWORD": "a long password",
    ]

    @Test func defaultsHoldForWhatIsNotSet() throws {
        let settings = try JobServiceSettings(reader(enough))
        #expect((settings.httpPort, settings.common.grpcPort, settings.common.metricsPort) == (8080, 50051, 2112))
        #expect(settings.common.bindAddress == "127.0.0.1")
        #expect(settings.adminUsername.rawValue == "admin")
        #expect(settings.workerToken == nil && settings.trustedProxies.isEmpty)
        #expect(settings.rateLimit == RateRule(limit: 600_000, window: .seconds(60)))
        #expect((settings.database.connections, settings.kafkaPartitions) == (16, 12))
        #expect(settings.common.topics == JobTopics())
        let scheduler = try SchedulerSettings(reader(enough))
        #expect(scheduler.unhandledTypeTTL == .seconds(86_400))
        #expect((scheduler.database.connections, scheduler.kafkaPartitions) == (16, 12))
    }

    @Test func topicsBeginAsTheInstallationWantsThem() throws {
        var variables = enough
        variables["KAFKA_TOPIC_PREFIX"] = "acme.eu"
        #expect(try JobServiceSettings(reader(variables)).common.topics == JobTopics(prefix: "acme.eu"))
        variables["KAFKA_TOPIC_PREFIX"] = "acme eu"
        #expect {
            try JobServiceSettings(reader(variables))
        } throws: { "\($0)".contains("KAFKA_TOPIC_PREFIX is 'acme eu'; expected 1 to 200 letters") }
    }

    @Test func spansGoWhereOpenTelemetrysVariablesSay() throws {
        func tracing(_ variables: [String: String]) throws -> TracingConfiguration {
            let named = variables.map { ("OTEL_\($0.key)", $0.value) }
            return try JobServiceSettings(reader(enough.merging(named) { $1 })).common.tracing
        }
        let usual = try tracing([:])
        #expect(usual.collector == nil && usual.sampler == .parentBased(.always))
        #expect((usual.batching.queueSize, usual.batching.batchSize) == (2_048, 512))
        let set = try tracing([
            "EXPORTER_OTLP_ENDPOINT": "http://general:1", "EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces",
            "EXPORTER_OTLP_HEADERS": "authorization=Bearer%20a%2Cb, x-scope = 7", "EXPORTER_OTLP_TIMEOUT": "500",
            "EXPORTER_OTLP_COMPRESSION": "gzip", "TRACES_SAMPLER": "parentbased_traceidratio",
            "TRACES_SAMPLER_ARG": "0.25", "BSP_MAX_QUEUE_SIZE": "100", "SERVICE_NAME": "mailer",
            "RESOURCE_ATTRIBUTES": "deployment.environment.name=prod,service.name=other",
        ])
        let collector = try #require(set.collector)
        #expect((collector.address, collector.tls != nil, collector.isCompressed) == ("traces:4317", true, true))
        #expect(collector.headers == ["authorization": "Bearer a,b", "x-scope": "7"])
        #expect(collector.timeout == .milliseconds(500) && set.sampler == .parentBased(.ratio(0.25)))
        #expect((set.batching.queueSize, set.batching.batchSize) == (100, 100))
        #expect(set.resource == ["service.name": "mailer", "deployment.environment.name": "prod"])
        let plain = try tracing(["EXPORTER_OTLP_ENDPOINT": "http://[::1]:4317/"])
        #expect(plain.collector?.address == "[::1]:4317" && plain.collector?.tls == nil)
        for off in ["SDK_DISABLED": "true", "TRACES_EXPORTER": "none"] {
            #expect(try tracing(["EXPORTER_OTLP_ENDPOINT": "http://a", off.key: off.value]).collector == nil)
        }
        for (name, value) in [
            ("EXPORTER_OTLP_ENDPOINT", "a:4317"), ("EXPORTER_OTLP_ENDPOINT", "http://a/v1/traces"),
            ("EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("TRACES_SAMPLER", "xray"), ("BSP_MAX_QUEUE_SIZE", "0"),
            ("EXPORTER_OTLP_HEADERS", "secret"), ("EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"),
        ] {
            #expect {
                try tracing([name: value])
            } throws: { "\($0)".contains("OTEL_\(name)") && !"\($0)".contains("secret") }
        }
    }

    @Test(arguments: [("DATABASE_CONNECTIONS", "7"), ("KAFKA_PARTITIONS", "0"), ("UNHANDLED_TYPE_TTL", "9s")])
    func whatWouldStarveAPartIsRefused(_ name: String, _ value: String) {
        #expect {
            try SchedulerSettings(reader(enough.merging([name: value]) { $1 }))
        } throws: { "\($0)".contains(name) }
    }

    @Test func aMachineWithoutTimeZonesIsRefused() throws {
        let variables = enough.merging(["TZDIR": "/nowhere/zoneinfo"]) { $1 }
        let text = "TZDIR: there is no time zone data in /nowhere/zoneinfo; install the package tzdata"
        #expect { try JobServiceSettings(reader(variables)) } throws: { "\($0)".contains(text) }
        #expect { try SchedulerSettings(reader(variables)) } throws: { "\($0)".contains(text) }
    }

    @Test func everythingThatIsWrongIsSaidAtOnceByName() {
        var variables = enough
        variables["DATABASE_URL"] = nil
        variables["JWT_SECRET"] = "short"
        variables["HTTP_PORT"] = "eighty"
        #expect {
            try JobServiceSettings(reader(variables))
        } throws: { error in
            let text = "\(error)"
            return text.contains("DATABASE_URL is not set; expected postgres://")
                && text.contains("JWT_SECRET has fewer than 32 bytes; make one with 'openssl rand -hex 32'")
                && text.contains("HTTP_PORT is 'eighty'; expected a whole number from 0 to 65535")
                && !text.contains("short")
        }
    }

    @Test(arguments: [
        ("JWT_SECRET", "changeme-changeme-changeme-changeme"),
        ("WORKER_TOKEN", "your-worker-token-change-me-please-12345"),
        ("QUEUEFLOW_ADMIN_PASSWORD", "admin-password"), ("JWT_SECRET", ""), ("QUEUEFLOW_ADMIN_PASSWORD", ""),
    ])
    func aMissingOrWeakSecretIsRefusedByTheNameOfItsVariableAndNotRepeated(_ name: String, _ value: String) {
        var variables = enough
        variables[name] = value
        #expect {
            try JobServiceSettings(reader(variables))
        } throws: { "\($0)".contains(name) && (value.isEmpty || !"\($0)".contains(value)) }
    }

    /// `WORKER_TOKEN=$TOKEN` where there is no TOKEN: a job-service would let in nobody who has one, and a worker be told that it has none.
    @Test(arguments: ["", "short"]) func anEmptyTokenIsRefusedAsAWeakOneIs(_ token: String) {
        var variables = enough
        variables["WORKER_TOKEN"] = token
        let message = "WORKER_TOKEN has fewer than 32 bytes; make one with 'openssl rand -hex 32'"
        let jobService = #expect(throws: InvalidSettings.self) { try JobServiceSettings(reader(variables)) }
        let worker = #expect(throws: InvalidSettings.self) { try WorkerSettings(reader(variables)) }
        #expect(jobService?.problems == [message] && worker?.problems == [message])
    }

    /// Containers and systemd hand secrets over as files.
    @Test func aSettingMayStandInAFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let secret = enough["JWT_SECRET"] ?? ""
        var variables = enough
        variables["JWT_SECRET"] = nil
        variables["JWT_SECRET_FILE"] = file.path
        for end in ["", "\n", "\r\n"] {
            try Data("\(secret)\(end)".utf8).write(to: file)
            #expect(try JobServiceSettings(reader(variables)).jwtSecret == secret)
        }
        // Only one line break is nobody's wish to have in it.
        try Data("\(secret)\n\n".utf8).write(to: file)
        #expect(try JobServiceSettings(reader(variables)).jwtSecret == "\(secret)\n")

        try Data("8081\n".utf8).write(to: file)
        var other = enough
        other["HTTP_PORT_FILE"] = file.path
        other["DATABASE_URL_FILE"] = ""
        #expect(try JobServiceSettings(reader(other)).httpPort == 8_081)
        other["HTTP_PORT"] = ""
        #expect(try JobServiceSettings(reader(other)).httpPort == 8_081, "a variable that is empty is not set")
        other["HTTP_PORT"] = "8082"
        let error = #expect(throws: InvalidSettings.self) { try JobServiceSettings(reader(other)) }
        #expect(error?.problems == ["HTTP_PORT and HTTP_PORT_FILE are both set; leave one of them out"])
    }

    @Test func aFileThatCannotBeReadIsSaidOnceAndByName() {
        var variables = enough
        for name in ["JWT_SECRET", "DATABASE_URL", "QUEUEFLOW_ADMIN_PASSWORD"] {
            variables[name] = nil
            variables[name + "_FILE"] = "/nowhere/\(name)"
        }
        let error = #expect(throws: InvalidSettings.self) { try JobServiceSettings(reader(variables)) }
        let problems = error?.problems.sorted() ?? []
        #expect(problems.count == 3, "\(problems)")
        for (problem, name) in zip(problems, ["DATABASE_URL", "JWT_SECRET", "QUEUEFLOW_ADMIN_PASSWORD"]) {
            #expect(problem.hasPrefix("\(name)_FILE is '/nowhere/\(name)', which cannot be read: "))
        }
    }

    /// A setting that ends in `_FILE` would be two things at once if there were one without.
    @Test func noSettingIsTheFileOfAnother() {
        let names = Set(Setting.all.map(\.name))
        #expect(names.filter { $0.hasSuffix("_FILE") && names.contains(String($0.dropLast(5))) } == [])
    }

    @Test func aKeyFileTakesTheSecretsPlace() throws {
        var variables = enough
        variables["JWT_SECRET"] = nil
        variables["JWT_PRIVATE_KEY_FILE"] = "/etc/key.pem"
        variables["RATE_LIMIT_MAX"] = "0"
        variables["TRUSTED_PROXIES"] = "10.0.0.0/8, ::1"
        let settings = try JobServiceSettings(reader(variables))
        #expect(settings.jwtPrivateKeyFile == "/etc/key.pem" && settings.jwtSecret == nil)
        #expect(settings.rateLimit == nil && settings.trustedProxies.count == 2)
        variables["TRUSTED_PROXIES"] = "everybody"
        #expect(throws: InvalidSettings.self) { try JobServiceSettings(reader(variables)) }
    }

    @Test func whatMayHoldAPasswordIsNotRepeated() {
        let variables = enough.merging(["KAFKA_PROPERTIES": "sasl.password"]) { $1 }
        #expect {
            try JobServiceSettings(reader(variables))
        } throws: { "\($0)".contains("KAFKA_PROPERTIES is not valid") && !"\($0)".contains("sasl.password") }
    }

    @Test func aWorkerTakesItsQueuesAndKafkaProperties() throws {
        let settings = try WorkerSettings(
            reader([
                "KAFKA_BROKERS": "k:9092", "WORKER_QUEUES": "mail, reports",
                "WORKER_TOKEN": "0f5a3c9e7b1d2468ace013579bdf8642",
                "KAFKA_PROPERTIES": "security.protocol=ssl,a=b=c",
                "CONTROL_ADDRESS": "a:1,b:2", "TENANT_SHARE": "50",
            ])
        )
        #expect(settings.tenantShare == 50)
        #expect(settings.queues.map(\.rawValue) == ["mail", "reports"])
        #expect(settings.common.kafka.additional == ["security.protocol": "ssl", "a": "b=c"])
        #expect(settings.controlAddresses == ["a:1", "b:2"])
        for (address, reason) in [("https://a:1,b:2", "some addresses are with https://"), ("a", "'a' is no address")] {
            #expect {
                try WorkerSettings(
                    reader([
                        "KAFKA_BROKERS": "k:9092", "CONTROL_ADDRESS": address,
                        "WORKER_TOKEN": "0f5a3c9e7b1d2468ace013579bdf8642",
                    ])
                )
            } throws: { "\($0)".contains("CONTROL_ADDRESS: \(reason)") }
        }
        #expect(throws: InvalidSettings.self) {
            try WorkerSettings(reader(["KAFKA_BROKERS": "k:9092", "WORKER_QUEUES": "a b"]))
        }
    }

    /// docs/configuration.md lists each setting in a row `| NAME | processes | default | meaning |`, and no other.
    @Test func theDocumentationListsEverySetting() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs/configuration.md"
        )
        let rows = try String(contentsOf: file.standardized, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }.map(String.init)
        let expected = Setting.all.map { setting in
            let processes =
                setting.processes.count == Setting.Process.allCases.count
                ? "all" : setting.processes.map(\.rawValue).joined(separator: ", ")
            return
                "| `\(setting.name)` | \(processes) | \(setting.defaultValue.map { "`\($0)`" } ?? "must be set") | \(setting.meaning) |"
        }
        #expect(rows == expected)
    }
}
