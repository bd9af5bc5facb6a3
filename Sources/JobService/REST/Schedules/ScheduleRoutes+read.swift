import Foundation
import Hummingbird
import JobCore

extension ScheduleRoutes {
    /// The most schedules on a page, which all hold a payload.
    private static let maxPage = 100
    /// The most instants that are shown at once.
    private static let maxInstants = 1_000

    /// `GET /schedules/{id}`: one schedule.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return Response(.ok, schedule: try await schedule(context))
    }

    /// `GET /schedules`: a page of schedules, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...Self.maxPage, default: 50)
        let cursor = reader.read("cursor", expected: "the next_cursor of an earlier answer") { ScheduleID($0) }
        try reader.errors.check()
        // One more than is asked for tells whether there is another page.
        var schedules = try await store.schedules(
            of: context.principal.visibleTenant,
            before: cursor,
            limit: limit + 1
        )
        let hasMore = schedules.count > limit
        if hasMore { schedules.removeLast() }
        var writer = JSONWriter(reservingCapacity: schedules.reduce(64) { $0 + $1.sizeHint })
        writer.object { object in
            object.name("schedules")
            object.array { array in
                for schedule in schedules { schedule.write(to: &array) }
            }
            object.member("next_cursor", orNull: hasMore ? schedules.last?.id.description : nil)
        }
        return Response(.ok, json: writer)
    }

    /// `GET /schedules/preview`: the coming instants of a cron expression, and what it says in English.
    func preview(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["cron", "timezone", "from", "count"])
        let begin = reader.time("from") ?? Date()
        let count = reader.integer("count", in: 1...Self.maxInstants, default: 5)
        // Forms write a space as a plus, which no expression has.
        let cron = reader.text("cron")?.replacing("+", with: " ")
        let schedule = CronFields.instants(cron: cron, timeZone: reader.text("timezone"), createdAt: begin) {
            reader.refuse($0, $1)
        }
        try reader.errors.check()
        var writer = JSONWriter(reservingCapacity: 128 + 24 * count)
        writer.object { object in
            guard let schedule else { return }
            object.member("next", schedule.instants(after: begin).prefix(count).map { $0.formatted(.iso8601) })
            object.member("description", schedule.expression.englishDescription)
        }
        return Response(.ok, json: writer)
    }
}
