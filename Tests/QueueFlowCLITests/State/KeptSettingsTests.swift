import Foundation
import LocalServers
import Testing

@testable import QueueFlowCLI

@Suite struct KeptSettingsTests {
    @Test func whatACallDoesNotSayIsRecalled() {
        var kept = KeptSettings()
        #expect(kept.add(["WORKER_QUEUES": "mail", "HTTP_PORT": "8081", "TERM": "xterm"], worker: false) == [])
        #expect(kept.variables == ["WORKER_QUEUES": "mail", "HTTP_PORT": "8081"])
        #expect(kept.add(["HTTP_PORT": "8082"]) == ["WORKER_QUEUES", "--no-worker"])
        #expect(kept.variables == ["WORKER_QUEUES": "mail", "HTTP_PORT": "8082"] && !kept.hasWorker)
    }

    @Test func tlsIsKeptUntilItIsToldToEnd() throws {
        var kept = KeptSettings()
        #expect(kept.add(["TLS_KEY": "/k"], tls: true) == [] && kept.hasTLS == true)
        #expect(kept.add([:]) == ["TLS_KEY", "--tls"])
        #expect(kept.add(["TLS_KEY": ""], tls: false) == [] && kept.hasTLS == false)
        #expect(kept.add([:]) == [])
        // What was written before there was TLS.
        let old = Data(#"{"variables": {}, "hasWorker": true, "permitted": []}"#.utf8)
        #expect(try JSONDecoder().decode(KeptSettings.self, from: old) == KeptSettings())
    }

    @Test func whatIsGivenAsNothingIsForgotten() {
        var kept = KeptSettings(variables: ["WORKER_QUEUES": "mail", "LOG_LEVEL": "debug"], hasWorker: false)
        #expect(kept.add(["WORKER_QUEUES": ""], worker: true) == ["LOG_LEVEL"])
        #expect(kept.variables == ["LOG_LEVEL": "debug"] && kept.hasWorker)
    }

    /// A first job through a queue that the worker does not serve would wait for nobody.
    @Test(arguments: [("", nil), (" mail , sms", "mail"), ("sms", "sms")])
    func theFirstJobGoesWhereTheWorkerIs(_ queues: String, first: String?) throws {
        let directory = FileManager.default.temporaryDirectory
        let configuration = try StackConfiguration(
            environment: ["WORKER_QUEUES": queues],
            workingDirectory: directory,
            binaries: directory
        )
        #expect(configuration.firstQueue == first)
    }

    /// Permissions and credentials are not settings of this kind; a worker's way to the job-service is the stack's own business.
    @Test(arguments: ["EXEC_ALLOW", "WORKER_TOKEN", "QUEUEFLOW_ADMIN_PASSWORD", "CONTROL_ADDRESS", "PATH"])
    func whatMustNotBeKeptIsNot(_ name: String) {
        var kept = KeptSettings()
        _ = kept.add([name: "x"])
        #expect(kept.variables.isEmpty && kept.permitted == (name == "EXEC_ALLOW" ? [name] : []))
    }

    @Test(arguments: ["DATABASE_URL", "KAFKA_BROKERS", "REDIS_URL", "GATEWAY_PORT", "TENANT_SHARE", "KAFKA_PROPERTIES"])
    func whatTheServicesAreToldIsKept(_ name: String) { #expect(KeptSettings.names.contains(name)) }

    @Test func theFileIsItsOwnersAloneAndOneThatIsBrokenIsSaidToBe() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        defer { unlink(file.path) }
        #expect(try KeptSettings.load(from: file) == KeptSettings())
        let kept = KeptSettings(variables: ["DATABASE_URL": "postgres://u:p@db/q\n"], hasWorker: false)
        try kept.write(to: file)
        #expect(try KeptSettings.load(from: file) == kept)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try Data("{".utf8).write(to: file)
        let error = #expect(throws: StackError.self) { try KeptSettings.load(from: file) }
        #expect(error?.description.contains("queueflow up --reset-settings") == true)
    }

    /// A shell after `eval "$(queueflow env)"` leads to the stack, and is no wish to have it changed.
    @Test func whatQueueflowEnvPrintedIsNoSetting() throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = StackDirectory(in: parent)
        try directory.make(openTo: nil)
        let credentials = try Credentials.load(from: directory.credentials, environment: [:])
        try KeptSettings(variables: ["DEV_BROKER_PORT": "9999"]).write(to: directory.settings)
        func settings(_ environment: [String: String]) throws -> StackSettings {
            try StackSettings(environment: environment, workingDirectory: parent, binaries: parent)
        }
        let plain = try settings([:])
        let guest = ServiceEnvironment.ofGuests(configuration: plain.configuration, credentials: credentials)
        #expect(guest["KAFKA_BROKERS"] == "127.0.0.1:9999" && guest["METRICS_PORT"] == "0")
        let after = try settings(guest)
        #expect(after.kept == plain.kept && after.configuration.external(.devBroker) == nil)
        #expect(try settings(["EXEC_ALLOW": ""]).configuration.environment["EXEC_ALLOW"] == nil)
        #expect(try settings(["KAFKA_BROKERS": "k:9092"]).configuration.external(.devBroker) == "k:9092")
    }
}
