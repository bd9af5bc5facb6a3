import Hummingbird
import JobCore
import Telemetry

extension OperationsRoutes {
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
