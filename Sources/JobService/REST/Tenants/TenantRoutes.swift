import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore

/// The administrators' calls about tenants, and everybody's about their own.
struct TenantRoutes: Sendable {
    let store: TenantStore
    let directory: TenantDirectory

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/tenant", use: showOwn)
        router.get("/tenants", use: list)
        router.post("/tenants", use: create)
        router.get("/tenants/{name}", use: show)
        router.patch("/tenants/{name}", use: update)
        router.delete("/tenants/{name}", use: delete)
        router.post("/tenants/{name}/suspend", use: suspend)
        router.post("/tenants/{name}/resume", use: resume)
    }

    /// `GET /tenant`: one's own tenant, with what it may have and has.
    func showOwn(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await show(context.principal.tenant, request)
    }

    /// `GET /tenants/{name}`: one tenant, with what it may have and has.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return try await show(try name(context), request)
    }

    private func show(_ name: TenantName, _ request: Request) async throws -> Response {
        guard let (tenant, used) = try await store.find(name) else { throw Problem.tenantNotFound(name) }
        let limits = directory.usual.overridden(by: tenant.ownLimits)
        var writer = JSONWriter()
        writer.object { object in
            tenant.writeMembers(to: &object)
            object.name("limits")
            object.object { list in
                for limit in TenantLimit.allCases {
                    list.name(limit.rawValue)
                    list.object {
                        $0.member("maximum", limits[limit])
                        $0.member("used", orNull: used[limit].map(Int64.init))
                    }
                }
            }
        }
        let tag = EntityTag(version: tenant.version, figures: writer.bytes)
        let answer = Response(.ok, headers: [.eTag: tag.description, .cacheControl: "no-cache"], json: writer)
        return try request.isUnchanged(tag) ? answer.notModified : answer
    }

    /// `GET /tenants`: a page of tenants, by name.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["state", "limit", "cursor"])
        let expected = "one of \(TenantState.allCases.map(\.rawValue).joined(separator: ", "))"
        let state = reader.read("state", expected: expected) { TenantState(rawValue: $0) }
        let limit = reader.integer("limit", in: 1...500, default: 50)
        let cursor = reader.cursor { try? TenantName($0) }
        try reader.errors.check()
        let tenants = try await store.tenants(state, after: cursor, limit: limit + 1)
        return Response.page("tenants", tenants, limit: limit, cursor: \.name.rawValue) { tenant, writer in
            writer.object { tenant.writeMembers(to: &$0) }
        }
    }

    /// `POST /tenants`: makes a tenant.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let body = try await request.jsonObject()
        var reader = MemberReader(body, known: ["name", "own_limits"])
        if reader.value("name") == nil { reader.refuse("name", "must be given") }
        let name = reader.name("name", as: TenantName.self)
        let limits = Self.limits(&reader)
        try reader.errors.check()
        guard let name else { throw Problem.unexpected }
        let own = limits.compactMapValues { $0 }
        guard let tenant = try await store.create(name, limits: own, by: AuditActor(context.principal)) else {
            throw Problem.tenantNameTaken(name)
        }
        if !own.isEmpty { try? await directory.load() }
        return Response(.created, tenant: tenant, headers: [.location: "/tenants/\(name)"])
    }

    /// `PATCH /tenants/{name}`: sets limits of its own; null for the usual one, and what is not named stays.
    func update(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        var reader = MemberReader(try await request.jsonObject(), known: ["own_limits"])
        if reader.value("own_limits") == nil { reader.refuse("own_limits", "must be given") }
        let limits = Self.limits(&reader)
        try reader.errors.check()
        return try await change(.limits(limits), request, context)
    }

    /// `POST /tenants/{name}/suspend`: its credentials are good for nothing from now on, and its jobs and schedules rest.
    func suspend(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try await change(.suspend, request, context)
    }

    /// `POST /tenants/{name}/resume`: it goes on.
    func resume(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try await change(.resume, request, context)
    }

    /// `DELETE /tenants/{name}`: all that a suspended tenant has is removed from now on, a little at a time.
    func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try await change(.delete, request, context, answer: .accepted)
    }

    private static func limits(_ reader: inout MemberReader) -> [TenantLimit: Int?] {
        let names = TenantLimit.allCases.map(\.rawValue)
        return reader.object("own_limits", known: names) { limits in
            var read: [TenantLimit: Int?] = [:]
            for limit in TenantLimit.allCases where limits.isGiven(limit.rawValue) {
                read[limit] = .some(limits.integer(limit.rawValue, in: TenantLimits.range))
            }
            return read
        } ?? [:]
    }

    private func change(
        _ change: TenantChange,
        _ request: Request,
        _ context: AuthenticatedContext,
        answer status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        try request.checkNoQuery()
        let name = try name(context)
        if change == .suspend || change == .delete, name == .default || name == context.principal.tenant {
            throw Problem.tenantProtected(name)
        }
        var versions: [Int64]?
        if case .some(.listed(let tags)) = try request.entityTags(.ifMatch) { versions = tags.compactMap(\.version) }
        let changed = try await retryingConflicts {
            try await store.change(name, change, ifVersion: versions, by: AuditActor(context.principal))
        }
        switch changed {
        case .changed(let tenant):
            // The others hear of it; here it holds before the answer goes out.
            try? await directory.load()
            return Response(status, tenant: tenant)
        case .notFound: throw Problem.tenantNotFound(name)
        case .outdated: throw Problem.preconditionFailed
        case .refused(let state): throw Problem.tenantState(name, state, change)
        }
    }

    private func name(_ context: AuthenticatedContext) throws(Problem) -> TenantName {
        do throws(InvalidName) {
            return try TenantName(context.parameters.get("name") ?? "")
        } catch {
            throw .invalid([FieldError(field: "name", detail: "\(error)")])
        }
    }
}

extension Response {
    fileprivate init(_ status: HTTPResponse.Status, tenant: Tenant, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.eTag] = EntityTag(version: tenant.version).description
        var writer = JSONWriter()
        writer.object { tenant.writeMembers(to: &$0) }
        self.init(status, headers: headers, json: writer)
    }
}

extension Tenant {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("name", name.rawValue)
        writer.member("state", state.rawValue)
        writer.name("own_limits")
        writer.object { TenantLimits.write(ownLimits, to: &$0) }
        writer.member("removed_jobs", Int(removedJobs))
        writer.member("created_at", RFC3339.string(createdAt))
        writer.member("updated_at", RFC3339.string(updatedAt))
    }
}
