import Foundation
import TestSupport
import Testing

/// What is wrong with compose, images, workflows and units is found without running any of them, and told by its place in one line.
@Suite(.timeLimit(.minutes(2)))
struct ContainerCheckTests {
    private static let compose = "docker-compose.yml"

    @Test func whatIsDeployedIsInOrder() throws {
        let (output, status) = try check(Script.repository)
        #expect(status == 0, "\(output)")
    }

    /// Each is a change of one place: the file, what stands there, what is put in its place, and what is said of which line.
    @Test(arguments: [
        (
            compose, "    networks: [gateway]\n    depends_on", "    networks: [gatway]\n    depends_on", "gateway",
            "undefined network gatway"
        ),
        (
            compose, "      valkey: { condition: service_healthy }", "      redis: { condition: service_healthy }",
            "job-service", "undefined service \"redis\""
        ),
        (
            compose, "    stop_grace_period: 10s", "    stop_grace_periode: 10s", "valkey",
            "services.valkey.stop_grace_periode is nothing that Compose knows"
        ),
        (compose, "    stop_grace_period: 10s", "   stop_grace_period: 10s", "", "expected <block end>"),
        (
            compose, "image: grafana/grafana:${GRAFANA_VERSION:-12.1.1}", "image: grafana/grafana", "grafana",
            "'grafana/grafana' is not pinned"
        ),
        (compose, "target: worker }", "target: workr }", "worker", "deploy/Dockerfile has no target 'workr'"),
        (compose, "WORKER_CONCURRENCY: ${", "WORKER_CONCURENCY: ${", "worker", "WORKER_CONCURENCY is no setting"),
        (
            compose, "WORKER_TOKEN_FILE: /run/secrets/worker_token\n      WORKER_C",
            "WORKER_TOKEN: abc\n      WORKER_C", "worker", "WORKER_TOKEN is a secret"
        ),
        (compose, "DRAIN_TIMEOUT: \"30\"", "DRAIN_TIMEOUT: \"45\"", "worker", "it is 45 s; running jobs may take 45 s"),
        (
            compose, "${PUBLISH_ADDRESS:-127.0.0.1}:${GRAFANA_PORT:-3000}", "${GRAFANA_PORT:-3000}", "grafana",
            "port 3000 is open to the network"
        ),
        (compose, "./k6:/scripts:ro", "./k7:/scripts:ro", "k6", "'k7' is not there"),
        (compose, "  cap_drop: [ALL]\n", "", "worker", "it must drop ALL capabilities"),
        (compose, "cpus: \"2\", memory: 512m", "cpus: \"2\"", "worker", "it has no limit of memory"),
        (compose, "${LOG_LEVEL:-info}", "${LOG_LEVEL}", "", "\"LOG_LEVEL\" variable is not set"),
        (
            compose, "  kafka-3:\n  prometheus:\n", "  kafka-3:\n  spare:\n  prometheus:\n", "",
            "nothing uses the volume 'spare'"
        ),
        (".env.example", "GRAFANA_PORT=3000", "GRAFANA_PORT=3001", "", "GRAFANA_PORT is '3001', and '3000'"),
        (".env.example", "GRAFANA_PORT=3000\n", "", "", "GRAFANA_PORT is not in .env.example"),
        ("deploy/Dockerfile", "FROM ${DEBIAN_IMAGE} AS init", "FRM ${DEBIAN_IMAGE} AS init", "", "unexpected 'F'"),
        (
            "deploy/Dockerfile", "USER 65532:65532\nEXPOSE 50053", "USER root\nEXPOSE 50053", "",
            "Last USER should not be root"
        ),
        (
            ".github/workflows/ci.yml", "runs-on: ubuntu-latest\n    timeout-minutes: 60\n    steps",
            "runs-on: ubuntu-last\n    timeout-minutes: 60\n    steps", "", "\"ubuntu-last\" is unknown"
        ),
        (
            ".github/workflows/release.yml", "steps.image.outputs.digest", "steps.imge.outputs.digest", "",
            "property \"imge\" is not defined"
        ),
    ])
    func aFaultIsToldByItsPlace(_ file: String, _ old: String, _ new: String, service: String, message: String) throws {
        let folder = try copy()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
        let place = try #require(text.range(of: old), "\(file) has no \(old)")
        try text.replacingCharacters(in: place, with: new).write(to: path, atomically: true, encoding: .utf8)
        let (output, status) = try check(folder)
        #expect(status == 1)
        let told = output.split(separator: "\n").filter { $0.contains(message) }
        #expect(
            told.contains { $0.contains(/^[\w.\/-]+:\d+/) && (service.isEmpty || $0.contains(service)) },
            "\(output)"
        )
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
    func aUnitThatIsWrongOrLessShutInIsFound() throws {
        let folder = try copy()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (file, old, new, message) in [
            ("queueflow-scheduler.service", "Restart=always", "Restrat=always", "queueflow-scheduler.service:"),
            ("queueflow-migrate.service", "job-service migrate", "job-servce migrate", "job-servce is not executable"),
            ("queueflow-.service.d/hardening.conf", "SystemCallFilter=@system-service\n", "", "which is more than"),
        ] {
            let path = folder.appending(path: "deploy/systemd/\(file)")
            let text = try String(contentsOf: path, encoding: .utf8)
            try text.replacing(old, with: new).write(to: path, atomically: true, encoding: .utf8)
            let (output, status) = try check(folder)
            #expect(status == 1)
            let told = output.split(separator: "\n").filter { $0.contains(message) }
            #expect(!told.isEmpty && told.allSatisfy { $0.hasPrefix("deploy/systemd/") }, "\(output)")
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
    }

    private func check(_ folder: URL) throws -> (output: String, status: Int32) {
        try run("deploy/dev/containers", [folder.path])
    }

    /// The secrets and certificates that a stack of containers is given: none of them changes from one start to the next.
    @Test func secretsAreDrawnOnceAndGoToWhoNeedsThem() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "secrets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "bin"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "bin/certificate"),
            withDestinationURL: Script.repository.appending(path: "nginx/certificate")
        )
        func start(_ variables: [String: String] = [:]) throws -> (
            files: [String: String], output: String, status: Int32
        ) {
            var environment = variables.merging(["SECRETS": folder.appending(path: "secrets").path]) { $1 }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "secrets"),
                withIntermediateDirectories: true
            )
            environment["PATH"] = "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            let (output, status) = try run("deploy/compose/init", [], environment)
            var files: [String: String] = [:]
            let root = folder.appending(path: "secrets").path
            for name in FileManager.default.subpaths(atPath: root) ?? [] {
                if let text = try? String(contentsOfFile: "\(root)/\(name)", encoding: .utf8) { files[name] = text }
            }
            return (files, output, status)
        }

        let first = try start(["QUEUEFLOW_ADMIN_PASSWORD": "a given password"])
        try #require(first.status == 0, "\(first.output)")
        #expect(first.files["job-service/admin_password"] == "a given password\n")
        #expect(first.files["worker/worker_token"] == first.files["job-service/worker_token"])
        #expect(first.files["worker/worker_token"]?.count == 65)
        let password = first.files["postgres/password"]?.trimmingCharacters(in: .newlines) ?? ""
        let url = try #require(
            first.files["scheduler/database_url"].flatMap {
                URLComponents(string: $0.trimmingCharacters(in: .newlines))
            }
        )
        #expect(url.password == password && url.host == "postgres" && url.path == "/queueflow")
        let ofWorkers = first.files.keys.filter { $0.hasPrefix("worker/") }
        #expect(ofWorkers == ["worker/worker_token"], "a worker has no business with the database")
        #expect(first.files["gateway/gateway.key"]?.contains("PRIVATE KEY") == true)
        #expect(first.files["gateway/ca.key"] == nil && first.files["own/certificates/ca.key"] != nil)

        let again = try start()
        #expect(again.status == 0 && again.files == first.files)
        let names = try start(["GATEWAY_NAMES": "queueflow.example 10.1.2.3"])
        #expect(names.files["gateway/ca.crt"] == first.files["gateway/ca.crt"])
        #expect(names.files["gateway/gateway.crt"] != first.files["gateway/gateway.crt"])
        let other = try start(["POSTGRES_PASSWORD": "another one"])
        #expect(other.status == 1 && other.output.contains("POSTGRES_PASSWORD is another"), "\(other.output)")
        let changed = try start(["QUEUEFLOW_ADMIN_PASSWORD": "p@ss:word/ $x\"'", "VALKEY_PASSWORD": "a/b@c"])
        #expect(changed.files["job-service/admin_password"] == "p@ss:word/ $x\"'\n")
        let redis = changed.files["job-service/redis_url"].flatMap {
            URLComponents(string: $0.trimmingCharacters(in: .newlines))
        }
        #expect(redis?.password == "a/b@c" && redis?.host == "valkey")
    }

    /// What the checks look at, in a folder of its own.
    private func copy() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "deployment-\(UUID().uuidString)")
        for path in [
            Self.compose, ".env.example", ".hadolint.yaml", ".github", "deploy/Dockerfile", "deploy/compose",
            "deploy/systemd",
            "docs/configuration.md", "prometheus", "grafana", "k6",
        ] {
            let target = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try FileManager.default.copyItem(at: Script.repository.appending(path: path), to: target)
        }
        return folder
    }

    private func run(
        _ script: String,
        _ arguments: [String],
        _ environment: [String: String]? = nil
    ) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = Script.repository.appending(path: script)
        process.arguments = arguments
        if let environment { process.environment = environment }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }
}
