import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore

/// The administrators' calls about API keys.
struct APIKeyRoutes: Sendable {
    let store: APIKeyStore
    let revocations: RevocationList

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/api-keys", use: list)
        router.post("/api-keys", use: create)
        router.delete("/api-keys/{id}", use: revoke)
    }

    /// `GET /api-keys`: a page of keys, the newest first, revoked ones too.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = try PageRequest(request.uri)
        let keys = try await store.keys(of: query.tenant, after: query.cursor, limit: query.limit + 1)
        return Response.page("api_keys", keys, limit: query.limit, cursor: \.id.text) { key, writer in
            writer.object { key.writeMembers(to: &$0) }
        }
    }

    /// `POST /api-keys`: makes a key, which may do no more than who makes it. The key itself is in the answer, and never shown again.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let new = try NewAPIKeyRequest(try await request.jsonObject(), now: Date()).key
        if let excess = new.grant.excess(over: context.caller.grant) { throw Problem.grantTooWide(excess) }
        let (key, secret) = try await store.create(
            new,
            makesTenant: new.tenant == context.principal.tenant,
            by: AuditActor(context.principal)
        )
        var writer = JSONWriter()
        writer.object {
            key.writeMembers(to: &$0)
            $0.member("key", secret)
        }
        return Response(.created, headers: [.cacheControl: "no-store"], json: writer)
    }

    /// `DELETE /api-keys/{id}`: revokes a key. It stays in the list.
    func revoke(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        guard let id = context.parameters.get("id").flatMap(UUID.init(uuidString:)),
            try await store.revoke(id, by: AuditActor(context.principal))
        else { throw Problem.apiKeyNotFound }
        revocations.add([.key(id)])
        return Response(status: .noContent)
    }
}

/// The body of `POST /api-keys`: reads and checks it.
struct NewAPIKeyRequest {
    /// The key.
    let key: NewAPIKey

    /// Reads a body.
    ///
    /// - Throws: ``Problem`` that names every member that is wrong.
    init(_ body: JSONObjectSlice, now: Date) throws(Problem) {
        var reader = MemberReader(body, known: ["name", "role", "tenant", "scopes", "expires_at"])
        let name = reader.string("name")
        if name.map({ !TagRule.allows($0) }) ?? (reader.value("name") == nil) {
            reader.refuse("name", "must be \(TagRule.expected)")
        }
        let role = reader.choice("role", of: Role.self) ?? .user
        let tenant = reader.name("tenant", as: TenantName.self) ?? .default
        let scopes = Self.scopes(&reader)
        let expiresAt = reader.time("expires_at")
        if let expiresAt, expiresAt <= now { reader.refuse("expires_at", "must lie ahead") }
        try reader.errors.check()
        key = NewAPIKey(tenant: tenant, name: name ?? "", role: role, scopes: scopes, expiresAt: expiresAt)
    }

    private static func scopes(_ reader: inout MemberReader) -> Set<Scope>? {
        guard let value = reader.value("scopes") else { return nil }
        let scopes = value.array?.map { $0.string.flatMap(Scope.init) }
        guard let scopes, !scopes.isEmpty, !scopes.contains(nil) else {
            let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
            reader.refuse("scopes", "must be an array of at least one of \(known)")
            return nil
        }
        return Set(scopes.compactMap { $0 })
    }
}

extension APIKey {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id.text)
        writer.member("name", name)
        writer.member("prefix", prefix)
        writer.member("tenant", tenant.rawValue)
        writer.member("role", role.rawValue)
        writer.scopes(scopes)
        writer.member("created_by", createdBy)
        writer.member("created_at", RFC3339.string(createdAt))
        writer.member("expires_at", orNull: expiresAt.map(RFC3339.string))
        writer.member("last_used_at", orNull: lastUsedAt.map(RFC3339.string))
        writer.member("revoked_at", orNull: revokedAt.map(RFC3339.string))
    }
}
