import Foundation
import HTTPTypes
import Hummingbird
import JobCore

extension ScheduleRoutes {
    /// `POST /schedules`: makes a schedule.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let definition = try ScheduleRequest(try await request.jsonObject(), now: Date()).definition
        guard let schedule = try await store.create(definition, of: context.principal.tenant) else {
            throw Problem.scheduleNameTaken(definition.name)
        }
        return Response(.created, schedule: schedule, headers: [.location: "/schedules/\(schedule.id)"])
    }

    /// `PUT /schedules/{id}`: writes a schedule anew; with an `If-Match` header only when it names the present version.
    func replace(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let id = try scheduleID(context)
        let definition = try ScheduleRequest(try await request.jsonObject(), now: Date()).definition
        let expected = request.headers[.ifMatch]
        let replacement = try await retryingConflicts {
            try await store.replace(id, of: context.principal.visibleTenant, by: definition) { version in
                expected.map { Self.matches($0, version: version) } ?? true
            }
        }
        switch replacement {
        case .replaced(let schedule): return Response(.ok, schedule: schedule)
        case .notFound: throw Problem.scheduleNotFound
        case .nameTaken: throw Problem.scheduleNameTaken(definition.name)
        case .outdated(let version): throw Problem.scheduleOutdated(version: version)
        }
    }

    /// `DELETE /schedules/{id}`: removes a schedule; its jobs stay.
    func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard try await store.delete(try scheduleID(context), of: context.principal.visibleTenant) else {
            throw Problem.scheduleNotFound
        }
        return Response(status: .noContent)
    }

    /// Whether an `If-Match` header allows a version (RFC 9110, section 13.1.1).
    private static func matches(_ header: String, version: Int) -> Bool {
        let tags = header.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return tags.contains("*") || tags.contains("\"\(version)\"")
    }
}
