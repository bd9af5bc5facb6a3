import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore
import Platform
import Synchronization

/// The call that submits many jobs at once.
struct BatchRoutes: Sendable {
    /// The most bytes of batches that are held at once.
    private static let maxBytes = 128 << 20

    let submission: JobSubmission
    let events: JobEvents
    private let memory = MemoryBudget(limit: Self.maxBytes)

    init(submission: JobSubmission, events: JobEvents) {
        self.submission = submission
        self.events = events
    }

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/jobs/batch", use: create)
    }

    /// `POST /jobs/batch`: stores up to 10 000 jobs, all of them or none. They are committed when the answer goes out.
    func create(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        var held = 0
        defer { memory.release(held) }
        let creation = CreationSpan()
        defer { creation.end() }
        let jobs = try await BatchRequest.jobs(
            of: request,
            tenant: context.principal.tenant,
            trace: creation.trace,
            reserve: { (bytes) throws(Problem) in
                guard memory.reserve(bytes) else { throw .overloaded }
                held += bytes
            }
        )
        creation.made(jobs)
        try await submission.submitBatch(jobs)
        events.changed(jobs.map(\.id), of: context.principal.tenant)
        var writer = JSONWriter(reservingCapacity: 64 + jobs.count * 40)
        writer.object {
            $0.member("count", jobs.count)
            $0.member("ids", jobs.map(\.id.description))
        }
        return Response(.created, json: writer)
    }
}

/// How many bytes may be held for some purpose, all requests together.
final class MemoryBudget: Sendable {
    private let limit: Int
    private let used = Mutex(0)

    /// A budget of so many bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes out of the budget, unless it has too few left.
    func reserve(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard used + bytes <= limit else { return false }
            used += bytes
            return true
        }
    }

    /// Puts bytes back.
    func release(_ bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}
