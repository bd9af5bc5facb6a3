import Configuration
import Foundation
import JobCore
import Kafka
import Testing

@Suite struct SettingsTests {
    private func reader(_ variables: [String: String]) -> SettingsReader {
        SettingsReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
    }

    private let enough = [
        "DATABASE_URL": "postgres://u:p@localhost/db", "REDIS_URL": "redis://localhost",
        "KAFKA_BROKERS": "localhost:9092",
        "JWT_SECRET": String(repeating: "s", count: 32), "QUEUEFLOW_ADMIN_PASSWORD": "a long password",
    ]

    @Test func defaultsHoldForWhatIsNotSet() throws {
        let settings = try JobServiceSettings(reader(enough))
        #expect((settings.httpPort, settings.common.grpcPort, settings.common.metricsPort) == (8080, 50051, 2112))
        #expect(settings.common.bindAddress == "127.0.0.1")
        #expect(settings.adminUsername == "admin")
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
                && text.contains("JWT_SECRET is not valid; expected a secret of at least 32 bytes")
                && text.contains("HTTP_PORT is 'eighty'; expected a whole number from 0 to 65535")
                && !text.contains("short")
        }
    }

    @Test func aWorkerTakesItsQueuesAndKafkaProperties() throws {
        let settings = try WorkerSettings(
            reader([
                "KAFKA_BROKERS": "k:9092", "WORKER_QUEUES": "mail, reports",
                "KAFKA_PROPERTIES": "security.protocol=ssl,a=b=c",
                "CONTROL_ADDRESS": "a:1,b:2",
            ])
        )
        #expect(settings.queues.map(\.rawValue) == ["mail", "reports"])
        #expect(settings.common.kafka.additional == ["security.protocol": "ssl", "a": "b=c"])
        #expect(settings.controlAddresses == ["a:1", "b:2"])
        #expect(throws: InvalidSettings.self) {
            try WorkerSettings(reader(["KAFKA_BROKERS": "k:9092", "WORKER_QUEUES": "a b"]))
        }
    }

    /// docs/configuration.md lists each setting in a row `| NAME | processes | default | meaning |`, and no other.
    @Test func theDocumentationListsEverySetting() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/configuration.md"
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
