import Formats
package import Foundation

/// The jobs of one request that submits many: all of them are taken or none.
package struct JobBatch: Sendable {
    /// The most jobs in a batch.
    package static let maxJobs = 10_000
    /// The most bad fields that are told; reading ends with them.
    private static let maxErrors = 20

    /// How many jobs came so far.
    package private(set) var count = 0

    private var jobs: [NewJob] = []
    private var errors: [FieldError] = []
    private let tenant: TenantName
    private let trace: String?
    private let now: Date

    /// A batch without jobs.
    ///
    /// - Parameters:
    ///   - tenant: Whose jobs they will be.
    ///   - trace: What the jobs carry of the trace that they belong to; nil for none.
    ///   - now: The present time.
    package init(tenant: TenantName, trace: String?, now: Date) {
        self.tenant = tenant
        self.trace = trace
        self.now = now
    }

    /// Reads a job.
    ///
    /// - Parameter bytes: A JSON object.
    /// - Throws: ``JobProblem`` when no more need be read.
    package mutating func add(_ bytes: [UInt8]) throws(JobProblem) {
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
            guard error.isAboutFields else {
                var problem = error
                problem.errors = Array(errors.suffix(1))
                throw problem
            }
            if errors.count >= Self.maxErrors { throw .invalid(Array(errors.prefix(Self.maxErrors))) }
        }
    }

    /// Ends the reading.
    ///
    /// - Returns: The jobs, in the order in which they came.
    /// - Throws: ``JobProblem`` that names what is wrong by the jobs' places, such as `jobs[17].priority`.
    package consuming func finish() throws(JobProblem) -> [NewJob] {
        guard errors.isEmpty else { throw .invalid(errors) }
        guard !jobs.isEmpty else {
            throw .invalid([FieldError(field: "jobs", detail: "there must be at least one")])
        }
        return jobs
    }
}
