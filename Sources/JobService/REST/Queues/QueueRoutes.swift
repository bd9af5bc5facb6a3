import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore

/// The calls about queues. Everybody sees one's own tenant's; administrators see those of every tenant, and alone say something about them.
/// What is said of one queue concerns the tenant of who asks, unless the parameter `tenant` names another.
struct QueueRoutes: Sendable {
    /// The most jobs that a queue may be allowed.
    private static let depths = 1...1_000_000_000

    let store: QueueStore

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/queues", use: list)
        router.get("/queues/{name}", use: show)
        router.put("/queues/{name}", use: update)
        router.delete("/queues/{name}", use: remove)
        router.post("/queues/{name}/pause", use: pause)
        router.post("/queues/{name}/resume", use: resume)
    }

    /// `GET /queues/{name}`: what was said about a queue, and its figures.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let queue = try queue(request, context)
        guard let (configuration, counts) = try await store.find(queue) else { throw Problem.queueNotFound(queue) }
        let answer = ShownQueue(configuration, counts)
        return try request.isUnchanged(answer.tag) ? answer.response.notModified : answer.response
    }

    /// `PUT /queues/{name}`: says how many jobs may wait in a queue; null means as many as in any. One that was never used is known
    /// from then on.
    func update(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let queue = try queue(request, context)
        let body = try await request.jsonObject()
        var reader = MemberReader(body, known: ["max_depth"])
        let maxDepth = reader.integer("max_depth", in: Self.depths)
        if body["max_depth"] == nil { reader.refuse("max_depth", "must be given; null means no limit of its own") }
        try reader.errors.check()
        return try await change(queue, .maxDepth(maxDepth.map(Int64.init)), request, context)
    }

    /// `DELETE /queues/{name}`: removes a queue of which nothing is left to do, with its figures. Its first job makes it anew.
    func remove(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let queue = try queue(request, context)
        switch try await retryingConflicts({ try await store.remove(queue, by: AuditActor(context.principal)) }) {
        case .some(true): return Response(status: .noContent)
        case .some(false): throw Problem.queueInUse(queue)
        case nil: throw Problem.queueNotFound(queue)
        }
    }

    /// `POST /queues/{name}/pause`: workers leave a queue alone, from now on; what runs may end.
    func pause(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try await change(try await known(queue(request, context)), .pause, request, context)
    }

    /// `POST /queues/{name}/resume`: workers serve a queue again.
    func resume(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try await change(try await known(queue(request, context)), .resume, request, context)
    }

    /// Lets a queue through that was used or spoken of: a name that was misspelt makes none.
    private func known(_ queue: TenantQueue) async throws -> TenantQueue {
        guard try await store.find(queue) != nil else { throw Problem.queueNotFound(queue) }
        return queue
    }

    private func change(
        _ queue: TenantQueue,
        _ change: QueueChange,
        _ request: Request,
        _ context: AuthenticatedContext
    ) async throws -> Response {
        var versions: [Int64]?
        switch try request.entityTags(.ifMatch) {
        case .some(.any):
            guard try await store.find(queue) != nil else { throw Problem.preconditionFailed }
        case .some(.listed(let tags)):
            versions = tags.compactMap(\.version)
        case nil:
            break
        }
        guard
            let configuration = try await store.change(
                queue,
                change,
                ifVersion: versions,
                by: AuditActor(context.principal)
            )
        else { throw Problem.preconditionFailed }
        return Response(configuration)
    }

    private func queue(_ request: Request, _ context: AuthenticatedContext) throws(Problem) -> TenantQueue {
        var reader = QueryReader(request.uri, known: ["tenant"])
        var tenant = reader.name("tenant", as: TenantName.self)
        reader.confine(&tenant, to: context.principal)
        let text = context.parameters.get("name") ?? ""
        do {
            let name = try QueueName(text)
            try reader.errors.check()
            return TenantQueue(tenant: tenant ?? context.principal.tenant, queue: name)
        } catch let error as InvalidName {
            throw .invalid([FieldError(field: "name", detail: "\(error)")])
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .unexpected
        }
    }
}

extension Response {
    /// What was said about a queue.
    fileprivate init(_ configuration: QueueConfiguration) {
        var writer = JSONWriter()
        writer.object { configuration.write(to: &$0) }
        let tag = EntityTag(version: configuration.version)
        self.init(.ok, headers: [.eTag: tag.description], json: writer)
    }
}

/// A queue as it is shown alone, and its tag.
private struct ShownQueue {
    var response: Response
    var tag: EntityTag

    /// The tag begins with the version, by which `If-Match` goes; the rest tells the figures apart.
    init(_ configuration: QueueConfiguration, _ counts: JobCounts) {
        var writer = JSONWriter()
        writer.object {
            configuration.write(to: &$0)
            counts.write(to: &$0)
        }
        tag = EntityTag(version: configuration.version, figures: writer.bytes)
        response = Response(.ok, headers: [.eTag: tag.description, .cacheControl: "no-cache"], json: writer)
    }
}

extension QueueConfiguration {
    fileprivate func write(to object: inout JSONWriter) {
        object.member("name", queue.queue.rawValue)
        object.member("tenant", queue.tenant.rawValue)
        object.member("paused", isPaused)
        object.member("max_depth", orNull: maxDepth)
        object.member("updated_at", orNull: updatedAt.map(RFC3339.string))
    }
}
