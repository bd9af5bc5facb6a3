import Formats
import Foundation
import Hummingbird
import HummingbirdCore
import JobCore
import JobStore
import Platform

/// The administrators' calls about accounts.
struct UserRoutes: Sendable {
    let store: UserStore
    let hasher: PasswordHasher
    let revocations: RevocationList

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/users", use: list)
        router.post("/users", use: create)
        router.get("/users/{id}", use: show)
        router.patch("/users/{id}", use: update)
        router.delete("/users/{id}", use: delete)
    }

    /// `GET /users`: a page of accounts, the newest first.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = try PageRequest(request.uri)
        let users = try await store.users(of: query.tenant, after: query.cursor, limit: query.limit + 1)
        return Response.page("users", users, limit: query.limit, cursor: \.id.text) { $0.write(to: &$1) }
    }

    /// `GET /users/{id}`: one account.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        return Response(.ok, user: try await user(context))
    }

    /// `POST /users`: makes an account, which may do no more than who makes it.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        var reader = MemberReader(
            try await request.jsonObject(),
            known: ["username", "password", "role", "tenant"]
        )
        for name in ["username", "password"] where reader.value(name) == nil {
            reader.refuse(name, "must be given")
        }
        let username = reader.name("username", as: Username.self)
        let password = reader.password("password")
        let role = reader.choice("role", of: Role.self) ?? .user
        let tenant = reader.name("tenant", as: TenantName.self) ?? .default
        try reader.errors.check()
        guard let username, let password else { throw Problem.unexpected }
        try check(Grant(tenant: tenant, role: role), context)
        let new = NewUser(
            tenant: tenant,
            username: username,
            role: role,
            passwordHash: try await hasher.hash(password)
        )
        guard
            let user = try await store.create(
                new,
                makesTenant: tenant == context.principal.tenant,
                by: AuditActor(context.principal)
            )
        else {
            throw Problem.usernameTaken
        }
        return Response(.created, user: user, headers: [.location: "/users/\(user.id.text)"])
    }

    /// `PATCH /users/{id}`: changes an account's role or password, or shuts it out. Its sessions end.
    ///
    /// Who sets a password can log in by it, and so must have all that the account has; only to shut somebody out does not take that.
    func update(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let names = ["password", "role", "disabled"]
        var reader = MemberReader(try await request.jsonObject(), known: names)
        let password = reader.password("password")
        let (role, isDisabled) = (reader.choice("role", of: Role.self), reader.bool("disabled"))
        if reader.errors.all.isEmpty, names.allSatisfy({ reader.value($0) == nil }) {
            reader.refuse("role", "at least one of \(names.joined(separator: ", ")) must be given")
        }
        try reader.errors.check()
        let check: @Sendable (User) throws -> Void = { user in
            let isShutOut = isDisabled == true || role.map { $0 != .admin } ?? false
            if isShutOut, user.username == context.principal.subject { throw Problem.ownAccount }
            if isDisabled == true, role == nil, password == nil { return }
            try self.check(Grant(user), context)
            if let role { try self.check(Grant(tenant: user.tenant, role: role), context) }
        }
        let user = try await user(context)
        try check(user)
        var change = UserChange(role: role, isDisabled: isDisabled)
        if let password { change.passwordHash = try await hasher.hash(password) }
        // Checked again as it is when it is changed: somebody else may have given it more meanwhile.
        let actor = AuditActor(context.principal)
        guard let updated = try await store.update(user.id, change, by: actor, check: check) else {
            throw Problem.userNotFound
        }
        revocations.add([.user(updated.id, epoch: updated.epoch)])
        return Response(.ok, user: updated)
    }

    /// `DELETE /users/{id}`: removes an account for ever. Its jobs stay.
    func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let user = try await user(context)
        guard user.username != context.principal.subject else { throw Problem.ownAccount }
        guard let epoch = try await store.delete(user.id, by: AuditActor(context.principal)) else {
            throw Problem.userNotFound
        }
        revocations.add([.user(user.id, epoch: epoch)])
        return Response(status: .noContent)
    }

    private func check(_ grant: Grant, _ context: AuthenticatedContext) throws(Problem) {
        if let excess = grant.excess(over: context.caller.grant) { throw .grantTooWide(excess) }
    }

    private func user(_ context: AuthenticatedContext) async throws -> User {
        guard let id = context.parameters.get("id").flatMap(UUID.init(uuidString:)),
            let user = try await store.user(id)
        else { throw Problem.userNotFound }
        return user
    }
}

extension MemberReader {
    /// A password that is not too easy to guess.
    fileprivate mutating func password(_ name: String) -> String? {
        guard let password = string(name) else { return nil }
        if let weakness = SecretRule.weakness(ofPassword: password) { refuse(name, weakness) }
        return password
    }
}

extension Response {
    fileprivate init(_ status: HTTPResponse.Status, user: User, headers: HTTPFields = [:]) {
        var writer = JSONWriter()
        user.write(to: &writer)
        self.init(status, headers: headers, json: writer)
    }
}

extension User {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id.text)
            $0.member("username", username)
            $0.member("tenant", tenant.rawValue)
            $0.member("role", role.rawValue)
            $0.member("disabled", isDisabled)
            $0.member("created_at", RFC3339.string(createdAt))
            $0.member("updated_at", RFC3339.string(updatedAt))
        }
    }
}

/// The query of a call that lists accounts or keys: reads and checks it.
struct PageRequest {
    /// The most things on the page.
    let limit: Int
    /// The last of the page before.
    let cursor: UUID?
    /// Whose; nil means everybody's.
    let tenant: TenantName?

    /// Reads a query.
    ///
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI) throws(Problem) {
        var reader = QueryReader(uri, known: ["tenant", "limit", "cursor"])
        limit = reader.integer("limit", in: 1...500, default: 50)
        cursor = reader.cursor { UUID(uuidString: $0) }
        tenant = reader.name("tenant", as: TenantName.self)
        try reader.errors.check()
    }
}
