import Foundation
import HTTPTypes
import Hummingbird
import JobCore

/// The body of `POST /jobs/batch`, each job read and checked as soon as it has arrived.
enum BatchRequest {
    /// The most bytes of a body.
    static let maxBodyBytes = 64 << 20

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - tenant: Whose jobs they will be.
    ///   - trace: What the jobs carry of the trace that they belong to; nil for none.
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
        var batch = JobBatch(tenant: tenant, trace: trace, now: Date())
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
        } catch let problem as JobProblem {
            throw Problem(problem)
        } catch let failure as BatchSplitter.Failure {
            throw Problem.batch(failure, at: batch.count)
        } catch {
            throw BodyUnreadable(cause: error)
        }
        do throws(JobProblem) {
            return try batch.finish()
        } catch {
            throw Problem(error)
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
}
