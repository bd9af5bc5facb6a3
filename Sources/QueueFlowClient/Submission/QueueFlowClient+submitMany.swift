import Foundation
public import QueueFlowJobs

/// Submitting many jobs, in as few requests as will do.
extension QueueFlowClient {
    /// The most jobs and bytes of one request; the API takes as many jobs, and twice as many bytes.
    private static let (maxJobs, maxBytes) = (10_000, 32 << 20)

    /// Submits jobs. All of a request's are taken or none: up to 10 000 jobs and 32 MiB are one request.
    ///
    /// Requests of many jobs have no idempotency key. So one that may have been carried out is not sent again: it is an error that says so.
    ///
    /// - Parameters:
    ///   - jobs: The jobs.
    ///   - options: What is to hold instead of the kind's defaults.
    /// - Returns: A handle for each, in their order.
    /// - Throws: ``QueueFlowError``; ``IncompleteSubmission`` when some had been taken before; `EncodingError`.
    @discardableResult
    public func submit<J: Job>(
        contentsOf jobs: some Sequence<J>,
        options: JobOptions = JobOptions()
    ) async throws -> [JobHandle<J.Output>] {
        try await submit(contentsOf: jobs.map { try JobRequest($0, options: options) })
            .map { JobHandle(id: $0, isRepeat: false, client: self) }
    }

    /// Submits jobs of any types. All of a request's are taken or none: up to 10 000 jobs and 32 MiB are one request.
    ///
    /// - Returns: The ids, in the order of the jobs.
    /// - Throws: ``QueueFlowError``; ``IncompleteSubmission`` when some had been taken before.
    @discardableResult
    public func submit(contentsOf jobs: [JobRequest]) async throws -> [String] {
        var ids: [String] = []
        var rest = jobs[...]
        while !rest.isEmpty {
            do {
                let (body, count) = try body(of: rest)
                ids += try await submit(body, count: count)
                rest = rest.dropFirst(count)
            } catch  where !ids.isEmpty {
                throw IncompleteSubmission(ids: ids, cause: error)
            }
        }
        return ids
    }

    private func submit(_ body: Data, count: Int) async throws -> [String] {
        struct Created: Decodable {
            var ids: [String]
        }
        var call = Call.post("/jobs/batch", "submitting \(count) jobs", body)
        call.repetition = .harmful
        // As long as a gateway gives it.
        call.patience = .seconds(90)
        let answer = try await transport.send(call)
        return try read(answer, call) { try JSONDecoder().decode(Created.self, from: $0).ids }
    }

    /// A JSON array of as many jobs as go into one request.
    private func body(of jobs: ArraySlice<JobRequest>) throws -> (Data, count: Int) {
        var body = Data("[".utf8)
        var count = 0
        for job in jobs.prefix(Self.maxJobs) {
            let document = try job.document(transport.configuration.codec)
            if count > 0, body.count + document.count + 2 > Self.maxBytes { break }
            if count > 0 { body.append(UInt8(ascii: ",")) }
            body.append(document)
            count += 1
        }
        body.append(UInt8(ascii: "]"))
        return (body, count)
    }
}

/// Some of many jobs were taken, and then a request failed.
public struct IncompleteSubmission: Error, CustomStringConvertible {
    /// Those that were taken: the first ones, in their order.
    public let ids: [String]
    /// Why no more were.
    public let cause: any Error

    /// Says how many were taken and why no more were.
    public var description: String { "\(ids.count) jobs were taken; then \(cause)" }
}
