public import Foundation
public import QueueFlowJobs

/// A job that is to be submitted.
public struct JobRequest: Sendable {
    /// Which handler runs it.
    public let type: String
    /// Its payload, JSON.
    public let payload: Data
    /// How it is queued, run and tried again.
    public let options: JobOptions

    /// A job of a kind that both sides know.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - options: What is to hold instead of the kind's defaults.
    /// - Throws: `EncodingError` when its payload is no JSON.
    public init<J: Job>(_ job: J, options: JobOptions = JobOptions()) throws {
        type = J.type
        payload = try job.encodedPayload()
        self.options = J.defaults.merging(options)
    }

    /// A job of any type.
    ///
    /// - Parameters:
    ///   - type: Which handler runs it.
    ///   - json: Its payload, handed on to the byte.
    ///   - options: How it is queued, run and tried again.
    /// - Throws: ``QueueFlowError`` when that is no JSON.
    public init(type: String, json: Data = Data("{}".utf8), options: JobOptions = JobOptions()) throws {
        // It is spliced into a larger document, which it must not change the form of.
        guard (try? JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)) != nil else {
            var error = QueueFlowError(.invalidRequest, "the payload is no JSON.")
            error.action = "submitting a job of type '\(type)'"
            throw error
        }
        self.type = type
        payload = json
        self.options = options
    }

    /// The body of `POST /jobs`. The same job is always the same bytes, with a codec under one idempotency key.
    func document(_ codec: (any PayloadCodec)?, idempotencyKey: String? = nil) throws -> Data {
        let content = CodedContent(type: type, part: .payload, idempotencyKey: idempotencyKey)
        return try options.document(type: type, payload: try codec?.encode(payload, content) ?? payload)
    }
}
