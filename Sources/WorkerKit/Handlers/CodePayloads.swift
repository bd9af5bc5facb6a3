import Foundation
public import QueueFlowJobs

/// Reads payloads and writes results with a codec, such as one that encrypts, for all handlers. Clients are given the same one. It is used for
/// checkpoints and the payloads of children, too; progress and log lines are kept as they are.
///
/// What stands inside of it sees payloads and results as they are meant, what stands outside as they are stored. A payload that can never be
/// read is discarded. One that may be later, as its key has not come yet, is a failed attempt, and the next one comes after a minute unless
/// another delay is given: what is missing comes with a deployment, which takes longer than a usual backoff.
public struct CodePayloads: JobMiddleware {
    private let codec: any PayloadCodec
    private let retryDelay: Duration

    /// Reads and writes with a codec.
    ///
    /// - Parameters:
    ///   - codec: What clients are given, too.
    ///   - retryDelay: When a job comes again whose payload cannot be read yet.
    public init(_ codec: any PayloadCodec, retryDelay: Duration = .seconds(60)) {
        self.codec = codec
        self.retryDelay = retryDelay
    }

    /// Passes the job on with its payload as it is meant.
    public func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
        let payload = try decodePayload(of: job)
        let result = try await next.run(job.with(payload: payload, codec: codec))
        guard let json = result.json else { return result }
        return .json(try codec.encode(json, CodedContent(type: job.type, part: .result)))
    }

    private func decodePayload(of job: RunningJob) throws -> Data {
        do {
            return try codec.decode(job.payload, CodedContent(type: job.type, part: .payload))
        } catch let error as PayloadCodecError {
            throw error.isFinal ? JobFailure.discard("\(error)") : .retry(after: retryDelay, "\(error)")
        }
    }
}
