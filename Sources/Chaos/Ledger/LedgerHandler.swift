import Foundation
import JobCore
import QueueFlowWorker

/// Runs jobs of type `chaos.work` and notes in the ledger what it does.
struct LedgerHandler: JobHandler {
    /// The type of the jobs.
    static let type = "chaos.work"

    /// What a job is to do.
    struct Payload: Codable, Hashable, Sendable {
        /// How long it takes.
        var milliseconds: Int
        /// It fails in attempts up to this one.
        var failures = 0
        /// Whatever tells jobs apart before they have an id.
        var mark: String
    }

    struct FailedOnPurpose: Error {}

    let ledger: Ledger
    let worker: String

    func run(_ job: RunningJob) async throws -> JobResult {
        let payload = try job.decodePayload(as: Payload.self)
        try note(.start, job)
        do {
            try await Task.sleep(for: .milliseconds(payload.milliseconds))
        } catch {
            try note(.stopped, job)
            throw error
        }
        guard job.attempt > payload.failures else {
            try note(.failure, job)
            throw FailedOnPurpose()
        }
        try note(.success, job)
        return .none
    }

    private func note(_ event: LedgerEntry.Event, _ job: RunningJob) throws {
        try ledger.write(
            LedgerEntry(
                job: job.id.description,
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
