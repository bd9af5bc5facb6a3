import Foundation
import Hummingbird
import JobCore

extension ScheduleRoutes {
    /// The most schedules on a page, which all hold a payload.
    private static let maxPage = 100

    /// `GET /schedules/{id}`: one schedule.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return Response(.ok, schedule: try await schedule(context))
    }

    /// `GET /schedules`: a page of schedules, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...Self.maxPage, default: 50)
        let cursor = reader.cursor { ScheduleID($0) }
        try reader.errors.check()
        let schedules = try await store.schedules(
            of: context.principal.visibleTenant,
            before: cursor,
            limit: limit + 1
        )
        return Response.page(
            "schedules",
            schedules,
            limit: limit,
            cursor: \.id.description,
            sizeHint: \.sizeHint,
            write: { $0.write(to: &$1) }
        )
    }

    /// `GET /schedules/preview`: the coming instants of a cron expression, and what it says in English.
    func preview(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["cron", "timezone", "from", "count"])
        let begin = reader.time("from") ?? Date()
        let count = reader.integer("count", in: 1...CronSchedule.longestPreview, default: 5)
        // Forms write a space as a plus, which no expression has.
        let cron = reader.text("cron")?.replacing("+", with: " ")
        let schedule = CronFields.instants(cron: cron, timeZone: reader.text("timezone"), createdAt: begin) {
            reader.refuse($0, $1)
        }
        try reader.errors.check()
        var writer = JSONWriter(reservingCapacity: 128 + 24 * count)
        writer.object { object in
            guard let schedule else { return }
            object.member("next", schedule.preview(after: begin, count: count))
            object.member("description", schedule.expression.englishDescription)
        }
        return Response(.ok, json: writer)
    }
}
