import Foundation
import JobCore
import QueueFlowWorker

/// Runs the suite's jobs and notes in the ledger what it does.
struct LedgerHandler: JobHandler {
    /// The type of most jobs.
    static let work = "chaos.work"
    /// The type of jobs whose handler blocks its thread.
    static let blocking = "chaos.blocking"
    /// The type of jobs that only one worker has a handler for.
    static let special = "chaos.special"

    /// What a job is to do.
    struct Payload: Codable, Hashable, Sendable {
        /// How long it takes.
        var milliseconds: Int
        /// It fails in attempts up to this one.
        var failures = 0
        /// Whatever tells jobs apart before they have an id.
        var mark: String
        /// How many bytes its result has, as JSON text; none unless given.
        var resultBytes: Int?
        /// How many bytes the error of a failure has.
        var errorBytes: Int?
        /// Whether what it returns is no JSON.
        var isGarbled: Bool?
        /// Makes the payload larger.
        var padding: String?
    }

    /// A failure that was asked for.
    struct FailedOnPurpose: Error, CustomStringConvertible {
        var bytes: Int

        var description: String { "failed on purpose" + String(repeating: "!", count: max(0, bytes - 17)) }
    }

    let ledger: Ledger
    let worker: String

    func run(_ job: RunningJob) async throws -> JobResult {
        let payload = try job.decodePayload(as: Payload.self)
        try note(.start, job)
        do {
            if job.type == Self.blocking {
                Self.block(milliseconds: payload.milliseconds)
            } else {
                try await Task.sleep(for: .milliseconds(payload.milliseconds))
            }
        } catch {
            try note(.stopped, job)
            throw error
        }
        guard job.attempt > payload.failures else {
            try note(.failure, job)
            throw FailedOnPurpose(bytes: payload.errorBytes ?? 0)
        }
        try note(.success, job)
        if payload.isGarbled ?? false { return .json(Data("oops".utf8)) }
        guard let bytes = payload.resultBytes else { return .none }
        return .json(Data("\"\(String(repeating: "r", count: bytes - 2))\"".utf8))
    }

    /// Keeps the thread, as handlers do that call what is not made for concurrency.
    private static func block(milliseconds: Int) {
        Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
    }

    private func note(_ event: LedgerEntry.Event, _ job: RunningJob) throws {
        try ledger.write(
            LedgerEntry(
                job: job.id,
                run: job.run,
                attempt: job.attempt,
                worker: worker,
                process: ProcessInfo.processInfo.processIdentifier,
                event: event,
                time: Date()
            )
        )
    }
}
