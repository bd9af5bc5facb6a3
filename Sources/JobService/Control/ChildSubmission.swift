import Formats
import Foundation
import JobCore
import JobStore
import Logging
import Platform
import SwiftProtobuf

/// Takes the jobs that handlers submit: as `POST /jobs` does, of the parent's tenant, each once under its key.
struct ChildSubmission: Sendable {
    let jobs: JobReader
    let submission: JobSubmission
    let events: JobEvents
    let logger: Logger

    /// Submits jobs of a worker's handler.
    func submit(_ message: WorkerSubmission, by worker: WorkerID) async -> ControlSubmitted {
        var answer = ControlSubmitted()
        answer.sequence = message.sequence
        do {
            let parent = message.parent
            guard let held = try await jobs.heldRun(parent, by: worker) else {
                answer.isLost = true
                return answer
            }
            answer.jobs = try await withThrowingTaskGroup(of: (Int, ControlSubmittedChild).self) { group in
                for (place, child) in message.jobs.enumerated() {
                    group.addTask {
                        (
                            place,
                            try await submit(
                                child,
                                of: parent.job,
                                tenant: held.tenant,
                                trace: message.trace ?? held.trace
                            )
                        )
                    }
                }
                var all = message.jobs.map { _ in ControlSubmittedChild() }
                for try await (place, submitted) in group { all[place] = submitted }
                return all
            }
        } catch {
            logger.debug(
                "jobs of a handler cannot be taken now",
                metadata: ["worker_id": "\(worker)", "error": "\(error)"]
            )
            answer.isBusy = true
        }
        return answer
    }

    private func submit(
        _ child: ControlChildJob,
        of parent: JobID,
        tenant: TenantName,
        trace: String?
    ) async throws -> ControlSubmittedChild {
        func refusal(_ text: String) -> ControlSubmittedChild { .with { $0.refusal = text } }
        guard let key = ChildKey.request(of: parent, key: child.key) else { return refusal(ChildKey.isInvalid) }
        let creation = CreationSpan(below: trace)
        defer { creation.end() }
        var job: NewJob
        do {
            let body = try JSONObjectSlice(parsing: [UInt8](child.document))
            job = try NewJobRequest(body, tenant: tenant, trace: creation.trace, now: Date()).job
            job.request = IdempotentRequest(key: key, body: body.value.canonicalBytes)
        } catch let problem as JobProblem {
            return refusal(problem.sentence)
        } catch {
            return refusal("the job is no JSON object: \(error)")
        }
        job.parent = parent
        creation.made(job)
        do {
            switch try await submission.submit(job) {
            case .stored:
                events.changed([job.id])
                return .with { $0.id = job.id.bytes }
            case .repeated(let first):
                return .with { $0.id = first.bytes }
            case .keyReused:
                return refusal(ChildKey.isReused(child.key))
            }
        } catch let full as QueueFull {
            return refusal("\(full)")
        }
    }
}
