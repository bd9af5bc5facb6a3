import Formats
import Foundation
import HTTPTypes
import Hummingbird
import JobCore

/// The jobs of a batch, each read and checked as soon as it has arrived.
struct BatchRequest {
    /// The most jobs in a batch.
    static let maxJobs = 10_000
    /// The most bytes of a body.
    static let maxBodyBytes = 64 << 20
    /// The most bad fields that are told; reading ends with them.
    private static let maxErrors = 20

    /// The jobs, in the order of the body.
    private(set) var jobs: [NewJob] = []

    private let tenant: TenantName
    private let trace: String?
    private let now = Date()
    private var count = 0
    private var errors: [FieldError] = []

    private init(tenant: TenantName, trace: String?) {
        self.tenant = tenant
        self.trace = trace
    }

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - tenant: Whose jobs they will be.
    ///   - trace: The W3C traceparent of the request.
    ///   - reserve: Takes so many bytes of memory, or throws when there are too few.
    /// - Throws: ``Problem`` that names what is wrong by the jobs' places, such as `jobs[17].priority`; ``BodyUnreadable``
    ///   when the client broke off.
    static func jobs(
        of request: Request,
        tenant: TenantName,
        trace: String?,
        reserve: (Int) throws(Problem) -> Void
    ) async throws -> [NewJob] {
        let type = try request.bodyType(oneOf: ["application/json", "application/x-ndjson"])
        var splitter = BatchSplitter(
            type == "application/x-ndjson" ? .lines : .array,
            maxJobBytes: Request.maxBodyBytes
        )
        var batch = BatchRequest(tenant: tenant, trace: trace)
        var received = 0
        do {
            for try await buffer in request.body {
                received += buffer.readableBytes
                guard received <= maxBodyBytes else { throw Problem.bodyTooLarge(limit: maxBodyBytes) }
                try reserve(buffer.readableBytes)
                for job in try splitter.take(buffer.readableBytesView) { try batch.add(job) }
            }
            if let job = try splitter.finish() { try batch.add(job) }
        } catch let problem as Problem {
            throw problem
        } catch let failure as BatchSplitter.Failure {
            throw Problem.batch(failure, at: batch.count)
        } catch {
            throw BodyUnreadable(cause: error)
        }
        guard batch.errors.isEmpty else { throw Problem.invalid(batch.errors) }
        guard !batch.jobs.isEmpty else {
            throw Problem.invalid([FieldError(field: "jobs", detail: "there must be at least one")])
        }
        return batch.jobs
    }

    private mutating func add(_ bytes: [UInt8]) throws(Problem) {
        let name = "jobs[\(count)]"
        count += 1
        guard count <= Self.maxJobs else {
            throw .invalid([FieldError(field: "jobs", detail: "there may be \(Self.maxJobs) at most")])
        }
        let object: JSONObjectSlice
        do {
            object = try JSONObjectSlice(parsing: bytes)
        } catch {
            throw .malformedJob(name, error)
        }
        do {
            let job = try NewJobRequest(object, tenant: tenant, trace: trace, now: now).job
            // Once one is wrong none will be stored; the rest is read for what is wrong with it.
            if errors.isEmpty { jobs.append(job) } else { jobs = [] }
        } catch {
            errors += error.errors.map { FieldError(field: "\(name).\($0.field)", detail: $0.detail) }
            guard error.status == .unprocessableContent else {
                var problem = error
                problem.errors = Array(errors.suffix(1))
                throw problem
            }
            if errors.count >= Self.maxErrors { throw .invalid(Array(errors.prefix(Self.maxErrors))) }
        }
    }
}

extension Problem {
    fileprivate static func batch(_ failure: BatchSplitter.Failure, at place: Int) -> Problem {
        switch failure {
        case .jobTooLarge:
            var problem = bodyTooLarge(limit: Request.maxBodyBytes)
            problem.detail = "jobs[\(place)] is too large: one job may have \(Request.maxBodyBytes) bytes at most."
            return problem
        case .notAnArray:
            return notAnArray(
                "The body must be one whole JSON array of jobs, or as application/x-ndjson one job on each line."
            )
        case .byteOrderMark:
            return notAnArray("The body begins with a byte order mark (EF BB BF), which JSON is sent without.")
        }
    }

    private static func notAnArray(_ detail: String) -> Problem {
        Problem(
            slug: "malformed-json",
            status: .badRequest,
            title: "The body is not a JSON array",
            detail: detail
        )
    }

    fileprivate static func malformedJob(_ name: String, _ error: JSONError) -> Problem {
        Problem(
            slug: "malformed-json",
            status: .badRequest,
            title: "A job is not a JSON object",
            detail: "\(name) cannot be read as a JSON object: \(error)."
        )
    }
}
