import AsyncHTTPClient
import Foundation
import LocalServers
import NIOCore
import TestSupport

/// A real Prometheus with the rules of the repository, which looks every second and lets alerts fire without waiting.
struct TestPrometheus {
    /// Where it listens.
    let url: String
    private let process: LeashedProcess

    /// Starts one.
    ///
    /// - Parameter targets: The processes to scrape, as job and address.
    static func start(scraping targets: [(job: String, address: String)]) async throws -> TestPrometheus {
        let home = FileManager.default.temporaryDirectory.appending(path: "queueflow-prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        try copyRules(to: home)
        let configuration = """
            global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
            rule_files: [rules-*.yml]
            scrape_configs:
            """
        let jobs = targets.map { "\n  - {job_name: \($0.job), static_configs: [{targets: ['\($0.address)']}]}" }
        try (configuration + jobs.joined())
            .write(to: home.appending(path: "prometheus.yml"), atomically: true, encoding: .utf8)
        let port = try FreePort.find()
        let process = try await LeashedProcess.start(
            LaunchCommand(
                executable: try Executables.find("prometheus", package: "prometheus"),
                arguments: [
                    "--config.file=\(home.path)/prometheus.yml", "--storage.tsdb.path=\(home.path)/data",
                    "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
                    "--enable-feature=exemplar-storage",
                ],
                environment: LaunchCommand.minimalEnvironment
            ),
            log: home.appending(path: "log"),
            removing: home
        )
        let prometheus = TestPrometheus(url: "http://127.0.0.1:\(port)", process: process)
        let deadline = ContinuousClock.now + .seconds(30)
        while (try? await prometheus.get("/-/ready"))?.status != 200, .now < deadline {
            try await Task.sleep(for: .milliseconds(50))
        }
        return prometheus
    }

    /// Copies the rules, without the times that alerts wait before they fire and after they end.
    private static func copyRules(to home: URL) throws {
        let rules = Script.repository.appending(path: "prometheus/rules")
        for file in try FileManager.default.contentsOfDirectory(at: rules, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
                .replacing(/\n +(keep_firing_)?for: \w+(?=\n)/, with: "")
            try text.write(
                to: home.appending(path: "rules-\(file.lastPathComponent)"),
                atomically: true,
                encoding: .utf8
            )
        }
    }

    /// The names of the alerts that fire.
    func alerts() async throws -> Set<String> {
        let answer = try await get("/api/v1/alerts")
        let data = answer.json["data"] as? [String: Any]
        let alerts = (data?["alerts"] as? [[String: Any]] ?? []).filter { $0["state"] as? String == "firing" }
        return Set(alerts.compactMap { ($0["labels"] as? [String: String])?["alertname"] })
    }

    /// The value of an expression that has one series; nil if it has none.
    func value(_ expression: String) async throws -> Double? {
        let query = expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let data = try await get("/api/v1/query?query=\(query)").json["data"] as? [String: Any]
        let series = (data?["result"] as? [[String: Any]])?.first
        return ((series?["value"] as? [Any])?.last as? String).flatMap { Double($0) }
    }

    private func get(_ path: String) async throws -> Answer {
        try await Answer(HTTPClient.shared.execute(HTTPClientRequest(url: url + path), timeout: .seconds(5)))
    }

    /// Ends it and removes its files.
    func stop() async {
        await process.stop(signal: SIGKILL)
        await process.release()
    }
}
