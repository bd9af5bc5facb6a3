import Formats
import Foundation
import HTTPTypes
import Hummingbird
import JobCore
import JobStore
import Platform

/// The calls about schedules.
struct ScheduleRoutes: Sendable {
    let store: ScheduleStore
    let jobs: JobReader
    let submission: JobSubmission

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/schedules", use: create)
        router.get("/schedules", use: list)
        router.get("/schedules/preview", use: preview)
        router.get("/schedules/{id}", use: show)
        router.put("/schedules/{id}", use: replace)
        router.delete("/schedules/{id}", use: delete)
        router.get("/schedules/{id}/runs", use: runs)
        router.post("/schedules/{id}/pause", use: pause)
        router.post("/schedules/{id}/resume", use: resume)
        router.post("/schedules/{id}/trigger", use: trigger)
    }

    /// The id in a request's path.
    ///
    /// - Throws: ``Problem/scheduleNotFound`` when it is not one.
    func scheduleID(_ context: AuthenticatedContext) throws(Problem) -> ScheduleID {
        guard let id = context.parameters.get("id").flatMap({ ScheduleID($0) }) else { throw .scheduleNotFound }
        return id
    }

    /// The schedule in a request's path, if who asks may see it. One of another tenant is as good as none.
    ///
    /// - Throws: ``Problem/scheduleNotFound`` when there is none; what the store throws.
    func schedule(_ context: AuthenticatedContext) async throws -> Schedule {
        guard let schedule = try await store.schedule(try scheduleID(context), of: context.principal.visibleTenant)
        else { throw Problem.scheduleNotFound }
        return schedule
    }

    /// The most schedules on a page, which all hold a payload.
    private static let maxPage = 100

    /// `GET /schedules/{id}`: one schedule.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return Response(.ok, schedule: try await schedule(context))
    }

    /// `GET /schedules`: a page of schedules, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["tenant", "limit", "cursor"])
        var tenant = reader.name("tenant", as: TenantName.self)
        reader.confine(&tenant, to: context.principal)
        let limit = reader.integer("limit", in: 1...Self.maxPage, default: 50)
        let cursor = reader.cursor { ScheduleID($0) }
        try reader.errors.check()
        let schedules = try await store.schedules(
            of: tenant,
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

    /// `GET /schedules/{id}/runs`: a page of what a schedule has fired, the latest first, and what became of it.
    func runs(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["limit", "cursor"])
        let limit = reader.integer("limit", in: 1...Self.maxPage, default: 20)
        let cursor = reader.cursor { Int64($0).map { Date(microsecondsSince1970: $0) } }
        try reader.errors.check()
        let schedule = try await schedule(context)
        return Response.page(
            "runs",
            try await store.runs(of: schedule.id, before: cursor, limit: limit + 1),
            limit: limit,
            cursor: { "\($0.instant.microsecondsSince1970)" },
            write: { $0.write(to: &$1) }
        )
    }

    /// `GET /schedules/preview`: the coming instants of a cron expression, and what it says in English.
    func preview(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["cron", "timezone", "from", "count"])
        let begin = reader.time("from") ?? Date()
        let count = reader.integer("count", in: 1...CronSchedule.longestPreview, default: 5)
        let cron = reader.cronExpression("cron")
        let zone = reader.value("timezone")?.exact
        var schedule: CronSchedule?
        if !reader.errors.all.contains(where: { $0.field == "cron" }) {
            schedule = CronFields.instants(cron: cron, timeZone: zone, createdAt: begin) { reader.refuse($0, $1) }
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

    /// `POST /schedules/{id}/pause`: lets a schedule rest. It may be asked any number of times.
    func pause(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await setPaused(true, context)
    }

    /// `POST /schedules/{id}/resume`: lets a schedule go on; its policy says what becomes of what it missed.
    func resume(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await setPaused(false, context)
    }

    /// `POST /schedules/{id}/trigger`: submits a job like those of the schedule, now. It is not a firing: it neither counts as
    /// an instant nor as a job that a later firing heeds. A request that was sent before under its `Idempotency-Key` is answered
    /// with the first job, however the schedule has changed since.
    func trigger(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let key = try request.idempotencyKey()
        let schedule = try await schedule(context)
        var job = schedule.definition.job.job(of: schedule.tenant)
        // What is asked for stands in the path; no body of another call looks like it.
        job.request = key.map { IdempotentRequest(key: $0, body: Array("trigger \(schedule.id)".utf8)) }
        let creation = CreationSpan()
        defer { creation.end() }
        job.trace = creation.trace
        creation.made(job)
        switch try await submission.submit(job) {
        case .stored(let storedAt): return .created(job.id, body: JobJSON(job, storedAt: storedAt).bytes)
        case .repeated(let first):
            guard let job = try await jobs.job(first, of: schedule.tenant) else { throw Problem.repeatedJobGone }
            return .replay(of: first, body: JobJSON(job).bytes)
        case .keyReused: throw Problem.idempotencyKeyReused
        }
    }

    private func setPaused(_ isPaused: Bool, _ context: AuthenticatedContext) async throws -> Response {
        let changed = try await store.setPaused(
            isPaused,
            try scheduleID(context),
            of: context.principal.visibleTenant
        )
        guard let changed else { throw Problem.scheduleNotFound }
        return Response(.ok, schedule: changed)
    }
}
