import Hummingbird
import JobCore
import Metrics

/// The calls about jobs.
struct JobRoutes: Sendable {
    let submission: JobSubmission
    let answers: AnswerCache
    let stores: Stores
    let publisher: JobPublisher
    let deadLetters: DeadLetterActs
    let events: JobEvents
    let cancelled = Counter(label: "qf_jobs_cancelled_total", dimensions: [("while", "waiting")])

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.post("/jobs", use: create)
        router.get("/jobs", use: list)
        router.get("/jobs/{id}", use: show)
        router.get("/jobs/{id}/attempts", use: attempts)
        router.post("/jobs/{id}/cancel", use: cancel)
        router.post("/jobs/{id}/retry", use: retry)
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
        guard let job = try await stores.jobs.job(try jobID(context), of: context.principal.visibleTenant) else {
            throw Problem.jobNotFound
        }
        return job
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
