import Foundation
import FoundationNetworking
import Logging
import ServiceLifecycle
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct MetricsServerTests {
    private let registry = PrometheusRegistry()
    private let readiness = Readiness()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server on a free port for as long as `body` takes.
    private func withServer(_ body: (_ port: Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = MetricsServer(
            host: "127.0.0.1",
            port: 0,
            registry: registry,
            readiness: readiness,
            logger: logger
        ) { port.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            let bound = try #require(await ports.first { _ in true })
            do {
                try await body(bound)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func get(
        _ path: String,
        port: Int,
        accept: String? = nil
    ) async throws -> (status: Int, type: String?, body: String) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.setValue(accept, forHTTPHeaderField: "Accept")
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        let type = answer.value(forHTTPHeaderField: "Content-Type")
        return (answer.statusCode, type, String(decoding: data, as: UTF8.self))
    }

    @Test func servesMetricsInTheFormatAskedFor() async throws {
        registry.counter(.counter("c_total", help: "c")).increment()
        try await withServer { port in
            let plain = try await get("/metrics", port: port)
            #expect(plain.status == 200)
            #expect(plain.type == "text/plain; version=0.0.4; charset=utf-8")
            #expect(plain.body.contains("# TYPE c_total counter\nc_total 1\n"))

            let open = try await get("/metrics", port: port, accept: "application/openmetrics-text;version=1.0.0")
            #expect(open.type == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.body.contains("# TYPE c counter\nc_total 1\n"))
            #expect(open.body.hasSuffix("\n# EOF\n"))
        }
    }

    @Test func isAliveWhetherReadyOrNot() async throws {
        let gate = await readiness.addGate("accepting", closedBecause: "starting")
        try await withServer { port in
            #expect(try await get("/healthz", port: port).status == 200)
            let starting = try await get("/readyz", port: port)
            #expect(starting.status == 503)
            #expect(starting.type == "application/json")
            #expect(starting.body.contains("\"reason\":\"starting\""))
            gate.open()
            let ready = try await get("/readyz", port: port)
            #expect(ready.status == 200)
            #expect(ready.body.contains("\"status\":\"ready\""))
            #expect(try await get("/other", port: port).status == 404)
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        try await withServer { port in
            let second = MetricsServer(
                host: "127.0.0.1",
                port: port,
                registry: registry,
                readiness: readiness,
                logger: logger
            )
            let error = await #expect(throws: MetricsServerError.self) { try await second.run() }
            #expect(error?.description.contains("cannot listen on 127.0.0.1:\(port)") == true)
            #expect(error?.description.contains("METRICS_PORT") == true)
        }
    }
}
