import Crypto
import Foundation
import QueueFlowWorker

/// `heavy.task {data}`: keeps a processor busy. Hashes the payload again and again and returns the last digest.
struct HeavyTaskHandler: JobHandler {
    /// Some tenths of a second of work, in steps between which other jobs get their turn.
    private static let (steps, hashesInStep) = (100, 5_000)

    private struct Digested: Encodable {
        var sha256: String
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        var digest = SHA256.hash(data: job.payload)
        for _ in 0..<Self.steps {
            try Task.checkCancellation()
            for _ in 0..<Self.hashesInStep {
                digest = digest.withUnsafeBytes { SHA256.hash(data: $0) }
            }
            await Task.yield()
        }
        return try .encoding(Digested(sha256: digest.map { String(format: "%02x", $0) }.joined()))
    }
}
