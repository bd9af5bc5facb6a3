import Concurrency
import Crypto
import Formats
import HTTPTypes
import Hummingbird
import JobCore
import JobStore
import Platform

/// The calls about jobs.
struct JobRoutes: Sendable {
    let submission: JobSubmission
    let answers: AnswerCache
    let stores: Stores
    let publisher: JobPublisher
    let deadLetters: DeadLetterActions
    let events: JobEvents
    let revocations: RevocationList
    let lookups: FairGate
    let components: ComponentStates
    let meters: JobMeters

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/jobs", use: create)
        router.get("/jobs", use: list)
        router.get("/jobs/count", use: count)
        router.get("/jobs/{id}", use: show)
        router.get("/jobs/{id}/explanation", use: explain)
        router.get("/jobs/{id}/payload", use: payload)
        router.get("/jobs/{id}/result", use: result)
        router.get("/jobs/{id}/attempts", use: attempts)
        router.get("/jobs/{id}/log", use: log)
        router.post("/jobs/{id}/cancel", use: cancel)
        router.post("/jobs/{id}/retry", use: retry)
        router.patch("/jobs/{id}", use: change)
        router.delete("/jobs/{id}", use: delete)
    }

    /// The id in a request's path.
    ///
    /// - Throws: ``Problem/jobNotFound`` when it is not one.
    func jobID(_ context: AuthenticatedContext) throws(Problem) -> JobID {
        guard let id = context.parameters.get("id").flatMap({ JobID($0) }) else { throw .jobNotFound }
        return id
    }

    /// The job in a request's path, if who asks may see it. One of another tenant is as good as none.
    ///
    /// - Throws: ``Problem/jobNotFound`` when there is none; what the reader throws.
    func job(_ context: AuthenticatedContext) async throws -> Job {
        let (id, principal) = (try jobID(context), context.principal)
        let found = try await lookups.run(for: principal.tenant) {
            try await stores.jobs.job(id, of: principal.visibleTenant)
        }
        guard let found else { throw Problem.jobNotFound }
        return found
    }

    /// The job in a request's path once it has ended, or as it is when the time is up, the process ends or the client has gone.
    ///
    /// - Throws: What ``job(_:)`` does; ``Problem/noPlace(to:_:)``; ``Problem/invalidToken``.
    private func endedJob(_ context: AuthenticatedContext, within time: Duration) async throws -> Job {
        let (waits, id) = (events.waits, try jobID(context))
        let waiter: JobWaiters.Waiter
        do throws(FairPlaces.Refusal) {
            waiter = try waits.waiters.begin(id, by: context.caller.holder)
        } catch {
            throw Problem.noPlace(to: .waitForJob, error)
        }
        defer { waits.waiters.end(waiter) }
        // Only now, so that an end that this read does not see is told to who waits.
        let found = try await job(context)
        if !found.state.isTerminal {
            let closure = await InputClosureHandler.closure(of: context.channel)
            closure?.whenClosed { waiter.ended.raise() }
            defer { closure?.whenClosed(nil) }
            await waits.wait(waiter, atMost: time)
        }
        // Meanwhile the right to see it may have ended.
        guard !context.credential.isRevoked(by: revocations) else { throw Problem.invalidToken }
        if context.caller.isClosed(by: revocations) { throw Problem.tenantSuspended }
        return found.state.isTerminal ? found : try await job(context)
    }

    /// `GET /jobs`: a page of jobs, newest first, and where the next page begins.
    func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = try JobListRequest(request.uri, by: context.principal)
        let page = try await stores.jobs.scan(
            query.filter,
            after: query.cursor,
            limit: query.limit,
            contents: query.fields.needContents ? .included : .omitted
        )
        return Response.page(
            "jobs",
            page.jobs.map(JobJSON.init),
            next: page.next?.description,
            sizeHint: \.sizeHint,
            write: { $0.write(to: &$1, query.fields) },
            writeRest: { $0.member("is_complete", page.isComplete) }
        )
    }

    /// `GET /jobs/{id}`: one job, wherever it is in its life, or once it has ended for who waits; 304 for who has it as it is.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["fields", "wait", "truncate"])
        let fields = JobFields(&reader)
        let wait = reader.integer("wait", in: 0...Int(JobWaits.longest / .seconds(1)), default: 0)
        let truncate = reader.integer("truncate", in: 0...NewJob.maxPayloadBytes)
        try reader.errors.check()
        let found = wait == 0 ? try await job(context) : try await endedJob(context, within: .seconds(wait))
        var job = JobJSON(found)
        if found.state == .queued { job.isUnhandled = try await !stores.jobs.isHandled(found) }
        var writer = JSONWriter(reservingCapacity: job.sizeHint)
        job.write(to: &writer, fields, truncatedAfter: truncate)
        let tag = EntityTag(ofJob: writer.bytes)
        let answer = Response(.ok, headers: [.eTag: tag.description, .cacheControl: "private, no-cache"], json: writer)
        return try request.isUnchanged(tag) ? answer.notModified : answer
    }

    /// `GET /jobs/{id}/attempts`: what became of a job's attempts, the newest first.
    func attempts(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try request.checkNoQuery()
        let attempts = try await stores.jobs.attempts(of: try await job(context))
        return Response.list(
            "attempts",
            attempts,
            sizeHint: { 512 + ($0.error?.utf8.count ?? 0) },
            write: { $0.write(to: &$1) }
        )
    }

    /// How many log lines are shown unless a client says otherwise.
    private static let logLines = 500

    /// `GET /jobs/{id}/log`: what a job's handlers logged with it, the newest first.
    func log(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["run", "limit"])
        let run = reader.integer("run", in: 1...Int(Int32.max))
        let most = RunNote.maxLines * RunNote.maxLoggedRuns
        let limit = reader.integer("limit", in: 1...most, default: Self.logLines)
        try reader.errors.check()
        let job = try await job(context)
        let lines = try await stores.jobs.logLines(of: job.id, run: run, limit: limit)
        return Response.list(
            "lines",
            lines,
            sizeHint: { 128 + $0.message.utf8.count },
            write: { $0.write(to: &$1) }
        )
    }
}

extension JobLogLine {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("run", run)
            $0.member("number", number)
            $0.member("at", RFC3339.string(at))
            $0.member("level", level)
            $0.member("message", message)
        }
    }
}

extension Response {
    /// An answer that shows a job.
    init(_ status: HTTPResponse.Status, job: Job) {
        let answer = JobJSON(job)
        var writer = JSONWriter(reservingCapacity: answer.sizeHint)
        answer.write(to: &writer)
        self.init(status, json: writer)
    }
}

extension EntityTag {
    /// The tag of a job that is told so. Weak, as the same job may go out compressed or not.
    init(ofJob bytes: [UInt8]) {
        self.init(text: SHA256.hash(data: bytes).prefix(16).hexadecimal, isWeak: true)
    }
}

extension Sequence<UInt8> {
    fileprivate var hexadecimal: String {
        reduce(into: "") { text, byte in
            text += byte < 0x10 ? "0" : ""
            text += String(byte, radix: 16)
        }
    }
}

extension JobAttempt {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("run", run)
            $0.member("attempt", attempt)
            $0.member("outcome", outcome.rawValue)
            $0.member("kind", orNull: kind)
            $0.member("error", orNull: error)
            $0.member("worker_id", worker.description)
            $0.member("started_at", RFC3339.string(startedAt))
            $0.member("ended_at", orNull: endedAt.map(RFC3339.string))
        }
    }
}
