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
        let payload = try codec?.encode(payload, content) ?? payload
        var json = try JobCoding.encode(Members(type: type, options: options))
        json.removeLast()
        json.append(contentsOf: #","payload":"#.utf8)
        json.append(payload)
        json.append(UInt8(ascii: "}"))
        return json
    }

    private struct Members: Encodable {
        struct Retry: Encodable {
            var strategy: String
            var base: Double
            var factor: Double
            var max_delay: Double
            var jitter: Bool
        }

        var type: String
        var queue: String?
        var priority: JobPriority?
        var delay: Double?
        var execute_at: Date?
        var max_attempts: Int?
        var retry: Retry?
        var timeout: Double?
        var tags: [String]?

        init(type: String, options: JobOptions) {
            self.type = type
            queue = options.queue
            priority = options.priority
            switch options.due?.value {
            case .after(let time): delay = time.inSeconds
            case .at(let date): execute_at = date
            case nil: break
            }
            max_attempts = options.maxAttempts
            retry = options.backoff.map {
                Retry(
                    strategy: $0.growth.rawValue,
                    base: $0.base.inSeconds,
                    factor: $0.factor,
                    max_delay: $0.cap.inSeconds,
                    jitter: $0.hasJitter
                )
            }
            timeout = options.timeout?.inSeconds
            tags = options.tags
        }
    }
}
