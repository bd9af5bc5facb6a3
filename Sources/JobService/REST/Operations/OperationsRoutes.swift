import Formats
import Hummingbird
import JobCore
import JobStore
import Telemetry

/// The calls of operators and load balancers, which need no token.
struct OperationsRoutes: Sendable {
    let jobs: JobReader
    let registry: PrometheusRegistry
    let readiness: Readiness

    func add(to router: some RouterMethods<RESTContext>) {
        router.get("/metrics", use: metrics)
        router.get("/healthz", use: health)
        router.get("/readyz", use: ready)
    }

    /// `GET /healthz`: the process can answer.
    func health(_ request: Request, _ context: RESTContext) -> Response {
        var writer = JSONWriter(reservingCapacity: 16)
        writer.object { $0.member("status", "ok") }
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }

    /// `GET /readyz`: whether the process makes progress, with a report.
    func ready(_ request: Request, _ context: RESTContext) async -> Response {
        let report = await readiness.report()
        return Response(
            report.isReady ? .ok : .serviceUnavailable,
            contentType: "application/json",
            headers: [.cacheControl: "no-store"],
            body: report.json
        )
    }

    /// `GET /metrics`: the figures of all queues in JSON; for a scraper, all metrics of this process as text.
    func metrics(_ request: Request, _ context: RESTContext) async throws -> Response {
        if let format = request.headers[.accept].flatMap(Self.scrapedFormat) {
            return Response(
                .ok,
                contentType: format.contentType,
                headers: [.cacheControl: "no-store"],
                body: await registry.exposition(format)
            )
        }
        let counts = try await jobs.counts(of: nil)
        var writer = JSONWriter()
        writer.object {
            $0.member("total_jobs", Int(counts.submitted))
            $0.member("active_jobs", Int(counts.running))
            $0.member("completed_jobs", Int(counts.completed))
            $0.member("failed_jobs", Int(counts.failed))
            $0.member("dead_letter_jobs", Int(counts.died))
            $0.member("queue_length", Int(counts.queued))
            $0.member("retry_queue_length", Int(counts.retrying))
            $0.member("dlq_length", Int(counts.dead))
        }
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }

    /// The format that a scraper's `Accept` asks for. One that names JSON, too, is a program's that reads JSON: common
    /// clients send `application/json, text/plain, */*` unasked.
    private static func scrapedFormat(_ accept: String) -> ExpositionFormat? {
        accept.lowercased().contains("application/json") ? nil : .preferred(byAccept: accept)
    }
}
