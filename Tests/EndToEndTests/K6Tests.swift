import Foundation
import TestSupport
import Testing

/// The scripts of `k6/`, each for a few seconds, with a real k6. How quick the platform is under them depends on the machine; that they run, that
/// what they ask for is done and that nothing unexpected is answered does not.
extension EndToEndTests {
    @Test func everyLoadScriptRuns() async throws {
        // How much of each script's time is enough for a few seconds.
        let scripts = ["smoke": "1", "load": "0.02", "stress": "0.02", "spike": "0.02", "soak": "0.0005"]
        try await TestStack.run { stack in
            for (script, scale) in scripts {
                let summary = FileManager.default.temporaryDirectory.appending(path: "k6-\(UUID().uuidString).json")
                defer { try? FileManager.default.removeItem(at: summary) }
                let (output, code) = try await Script("deploy/dev/k6").run(
                    [script],
                    variables(stack).merging(["SCALE": scale, "RATE": "20", "SUMMARY": summary.path]) { $1 }
                )
                #expect(code == 0, "\(script): \(output)")
                #expect(output.contains("limits were kept"), "\(script): \(output)")
                let figures = try JSONDecoder().decode(Figures.self, from: Data(contentsOf: summary))
                #expect(figures.script == script)
                #expect(figures.metrics["jobs_finished"]?["count"] ?? 0 > 0, "\(script): \(output)")
                #expect(figures.thresholds.count > 3 && figures.thresholds.values.allSatisfy { $0 })
            }
            let keys = try await stack.request("GET", "/api-keys").body
            #expect(keys.components(separatedBy: #""name":"k6""#).count == scripts.count + 1, "\(keys)")
            #expect(!keys.contains(#""revoked_at":null"#), "a run left its key behind: \(keys)")
        }
    }

    /// A limit that is not kept is named, and the run fails with the status that k6 has for it.
    @Test func aLimitThatIsNotKeptIsNamed() async throws {
        try await TestStack.run { stack in
            let (output, code) = try await Script("deploy/dev/k6").run(
                ["load"],
                variables(stack).merging(["SCALE": "0.01", "RATE": "20", "PATIENCE": "0.00001"]) { $1 }
            )
            #expect(code == 99, "\(output)")
            #expect(output.contains("MISSED http_req_duration{name:POST /jobs}: p(95)<0.001"), "\(output)")
        }
    }

    @Test func theMatrixOfWorkersIsATable() async throws {
        let stack = try await TestStack.start(programs: [.devBroker, .jobService, .scheduler])
        let worker = await stack.environment(of: .worker)
        let (output, code) = try await Script("k6/matrix").run(
            [],
            worker.merging(variables(stack)) { $1 }.merging([
                "BIN": TestStack.products.path, "WORKERS": "1 2", "SCALE": "0.1", "CLIENTS": "16",
                "PAYLOAD": #"{"seconds": 0.05}"#, "CONCURRENCY": "2",
            ]) { $1 }
        )
        await stack.stop()
        #expect(code == 0, "\(output)")
        let lines = output.split(separator: "\n")
        try #require(lines.count == 4, "\(output)")
        for (line, workers) in zip(lines.dropFirst(2), 1...2) {
            #expect(line.wholeMatch(of: #/\| (\d) \| \d+ ms \| \d+ ms \| [1-9]\d* jobs/s \|/#)?.1 == "\(workers)")
        }
    }

    /// Times are not what these tests are about, so they may be long.
    private func variables(_ stack: TestStack) -> [String: String] {
        ["BASE_URL": stack.url, "QUEUEFLOW_PASSWORD": TestStack.adminPassword, "PATIENCE": "100"]
    }

    private struct Figures: Decodable {
        var script: String
        var metrics: [String: [String: Double]]
        var thresholds: [String: Bool]
    }
}
