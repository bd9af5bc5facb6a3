public import Foundation
import NIOHTTP1
public import QueueFlowJobs

/// Submitting jobs one by one.
extension QueueFlowClient {
    /// Submits a job. It is on record when this returns, and will be run.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - options: What is to hold instead of the kind's defaults.
    ///   - idempotencyKey: Names the submission, for as long as the installation remembers it (a day, unless it is set up otherwise): the
    ///     same job under the same key is taken once, and another one under that key is refused. Unless given, one is made, which
    ///     covers what this client sends twice by itself.
    /// - Throws: ``QueueFlowError``; `EncodingError` when the payload is no JSON.
    @discardableResult
    public func submit<J: Job>(
        _ job: J,
        options: JobOptions = JobOptions(),
        idempotencyKey: String? = nil
    ) async throws -> JobHandle<J.Output> {
        try await submit(JobRequest(job, options: options), idempotencyKey: idempotencyKey, output: J.Output.self)
    }

    /// Submits a job of any type. It is on record when this returns, and will be run.
    ///
    /// - Parameters:
    ///   - type: Which handler runs it.
    ///   - json: Its payload, handed on to the byte.
    ///   - options: How it is queued, run and tried again.
    ///   - idempotencyKey: As for a job of a known kind.
    ///   - output: What it results in.
    /// - Throws: ``QueueFlowError``.
    @discardableResult
    public func submit<Output>(
        type: String,
        json: Data = Data("{}".utf8),
        options: JobOptions = JobOptions(),
        idempotencyKey: String? = nil,
        output: Output.Type = NoOutput.self
    ) async throws -> JobHandle<Output> {
        let request = try JobRequest(type: type, json: json, options: options)
        return try await submit(request, idempotencyKey: idempotencyKey, output: output)
    }

    /// Submits a job that was made ready before.
    @discardableResult
    public func submit<Output>(
        _ request: JobRequest,
        idempotencyKey: String? = nil,
        output: Output.Type = NoOutput.self
    ) async throws -> JobHandle<Output> {
        let body = try request.document(transport.configuration.codec, idempotencyKey: idempotencyKey)
        var call = Call.post("/jobs", "submitting a job of type '\(request.type)'", body)
        call.headers.add(name: "Idempotency-Key", value: idempotencyKey ?? UUID().uuidString)
        let answer = try await transport.send(call)
        let id = try read(answer, call) { try JSONDecoder().decode(Created.self, from: $0).id }
        return JobHandle(id: id, isRepeat: answer.headers.first(name: "Idempotent-Replayed") == "true", client: self)
    }
}

/// What is read of the answer.
private struct Created: Decodable {
    var id: String
}
