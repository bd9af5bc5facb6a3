import Hummingbird
import JobCore
import Telemetry

extension OperationsRoutes {
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
}
