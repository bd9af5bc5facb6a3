import Formats
import Foundation
import JobCore

/// A call of the REST API, as far as jobs go.
struct APICall: Sendable {
    var method: String
    /// The path's parts: `/jobs/17/cancel` has three.
    var path: [String]
    var query: [String: String]
    var idempotencyKey: String?
    var body: [UInt8]
}

/// What is answered.
struct APIAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]

    init(_ status: Int, headers: [(name: String, value: String)] = [], _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        self.status = status
        self.headers = headers
        body = writer.bytes
    }

    /// A problem document (RFC 9457), as the job-service writes it.
    init(_ problem: JobProblem) {
        self.init(problem.status) { writer in
            writer.object { document in
                document.member("type", "https://queueflow.dev/problems/\(problem.slug)")
                document.member("title", problem.title)
                document.member("status", problem.status)
                document.member("detail", problem.detail)
                document.name("errors")
                document.array { list in
                    for error in problem.errors {
                        list.object {
                            $0.member("field", error.field)
                            $0.member("detail", error.detail)
                        }
                    }
                }
            }
        }
    }
}

/// The calls of the REST API that are about jobs. Bodies are read and checked by the parts that the job-service uses.
extension Installation {
    /// Answers a call.
    func answer(_ call: APICall) async -> APIAnswer {
        do throws(JobProblem) {
            let id = call.path.count > 1 ? JobID(call.path[1]) : nil
            switch (call.method, call.path.count, call.path.last) {
            case ("POST", 1, "jobs"): return try submit(call)
            case ("POST", 2, "batch"): return try submitBatch(call)
            case ("GET", 1, "jobs"): return list(call)
            case ("GET", 2, _): return try await show(id, wait: call.query["wait"].flatMap(Double.init) ?? 0)
            case ("GET", 3, "attempts"):
                let job = try known(id)
                return APIAnswer(200) { writer in
                    writer.object {
                        $0.name("attempts")
                        job.writeAttempts(to: &$0)
                    }
                }
            case ("GET", 3, "log"):
                let job = try known(id)
                return APIAnswer(200) { writer in
                    writer.object {
                        $0.name("lines")
                        let limit = call.query["limit"].flatMap { Int($0) } ?? 500
                        job.notes.writeLines(to: &$0, run: call.query["run"].flatMap { Int($0) }, limit: limit)
                    }
                }
            case ("POST", 3, "cancel"):
                let job = try change(id, "cancelled") { (id) throws(JobTransitionRejection) in try cancel(id) }
                return APIAnswer(job.state == .cancelled ? 200 : 202) { job.write(to: &$0) }
            case ("POST", 3, "retry"):
                let job = try change(id, "retried") { (id) throws(JobTransitionRejection) in try retry(id) }
                return APIAnswer(200) { job.write(to: &$0) }
            default: throw .notFound
            }
        } catch {
            return APIAnswer(error)
        }
    }

    private func submit(_ call: APICall) throws(JobProblem) -> APIAnswer {
        let body = try object(call.body)
        var request: IdempotentRequest?
        if let text = call.idempotencyKey {
            do {
                // The whole body stands for its digest.
                request = IdempotentRequest(key: try IdempotencyKey(text), fingerprint: body.value.canonicalBytes)
            } catch {
                throw .invalid([FieldError(field: "Idempotency-Key", detail: "\(error)")])
            }
        }
        var job = try NewJobRequest(body, tenant: .default, trace: nil, now: now).job
        job.id = newID()
        job.request = request
        switch submit(job) {
        case .stored(let job): return APIAnswer(201) { job.write(to: &$0) }
        case .repeated(let job):
            return APIAnswer(200, headers: [("Idempotent-Replayed", "true")]) { job.write(to: &$0) }
        case .keyReused: throw .idempotencyKeyReused
        }
    }

    /// Takes the jobs that a handler submits.
    ///
    /// - Throws: ``ChildJobRefused``; `EncodingError`.
    func submit(_ children: [ChildJob], of parent: RunKey) throws -> [String] {
        try children.map { child in
            guard let key = ChildKey.request(of: parent.job, key: child.key) else {
                throw ChildJobRefused(description: ChildKey.isInvalid)
            }
            do {
                let body = try object([UInt8](child.options.document(type: child.type, payload: child.payload)))
                var job = try NewJobRequest(body, tenant: .default, trace: nil, now: now).job
                job.id = newID()
                job.parent = parent.job
                job.request = IdempotentRequest(key: key, fingerprint: body.value.canonicalBytes)
                switch submit(job) {
                case .stored(let job), .repeated(let job): return job.id.description
                case .keyReused: throw ChildJobRefused(description: ChildKey.isReused(child.key))
                }
            } catch let problem as JobProblem {
                throw ChildJobRefused(description: problem.sentence)
            }
        }
    }

    private func submitBatch(_ call: APICall) throws(JobProblem) -> APIAnswer {
        var batch = JobBatch(tenant: .default, trace: nil, now: now)
        for job in (try? JSONValueSlice(parsing: call.body))?.array ?? [] { try batch.add([UInt8](job.rawBytes)) }
        var ids: [String] = []
        for var job in try batch.finish() {
            job.id = newID()
            ids.append(job.id.description)
            _ = submit(job)
        }
        return APIAnswer(201) { writer in
            writer.object {
                $0.member("count", ids.count)
                $0.member("ids", ids)
            }
        }
    }

    private func object(_ body: [UInt8]) throws(JobProblem) -> JSONObjectSlice {
        do {
            return try JSONObjectSlice(parsing: body)
        } catch {
            throw .malformedJSON(error)
        }
    }

    private func list(_ call: APICall) -> APIAnswer {
        let query = call.query
        func fits(_ value: String, _ name: String) -> Bool { query[name].map { $0 == value } ?? true }
        let (after, before) = (
            query["created_after"].flatMap { RFC3339.date($0) }, query["created_before"].flatMap { RFC3339.date($0) }
        )
        let found = newestJobs.filter { job in
            fits(job.state.rawValue, "state") && fits(job.job.type.rawValue, "type")
                && fits(job.job.queue.rawValue, "queue") && (query["tag"].map(job.job.tags.contains) ?? true)
                && (query["parent"].map { job.job.parent?.description == $0 } ?? true)
                && (after.map { job.createdAt >= $0 } ?? true) && (before.map { job.createdAt < $0 } ?? true)
        }
        return APIAnswer(200) { writer in
            writer.object {
                $0.name("jobs")
                $0.array { list in
                    for job in found { job.write(to: &list) }
                }
            }
        }
    }

    private func show(_ id: JobID?, wait: TimeInterval) async throws(JobProblem) -> APIAnswer {
        var job = try known(id)
        if wait > 0 {
            await waitForEnd(of: job.id, within: wait)
            job = try known(id)
        }
        let isUnhandled = job.state == .queued ? !isHandled(job.job.type) : nil
        return APIAnswer(200) { job.write(to: &$0, isUnhandled: isUnhandled) }
    }

    private func known(_ id: JobID?) throws(JobProblem) -> StoredJob {
        guard let id, let job = job(id) else { throw .notFound }
        return job
    }

    private func change(
        _ id: JobID?,
        _ action: String,
        _ change: (JobID) throws(JobTransitionRejection) -> StoredJob?
    ) throws(JobProblem) -> StoredJob {
        let job = try known(id)
        do {
            return try change(job.id) ?? job
        } catch {
            throw .conflict(job.state, action: action)
        }
    }
}
