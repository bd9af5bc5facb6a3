import Formats
import Foundation
import JobCore
import JobStore
import Logging
import Platform
import Postgres
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
        } catch let error where error.isPassing {
            logger.debug(
                "jobs of a handler cannot be taken now",
                metadata: ["worker_id": "\(worker)", "error": "\(error)"]
            )
            answer.isBusy = true
        } catch {
            logger.warning(
                "jobs of a handler cannot be taken",
                metadata: ["worker_id": "\(worker)", "error": "\(error)"]
            )
            answer.jobs = message.jobs.map { _ in .with { $0.refusal = "the jobs cannot be looked at: \(error.told)" } }
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
                events.changed([job.id], of: tenant)
                return .with { $0.id = job.id.bytes }
            case .repeated(let first):
                return .with { $0.id = first.bytes }
            case .keyReused:
                return refusal(ChildKey.isReused(child.key))
            }
        } catch let refused where refused is QueueFull || refused is TenantLimitReached || refused is TenantClosed {
            return refusal("\(refused)")
        } catch let spent as JobBudgetSpent where spent.decision == nil {
            return refusal("\(spent)")
        } catch let error where !error.isPassing {
            // It fails at once, and its neighbours are taken.
            logger.warning(
                "a job of a handler cannot be stored",
                metadata: ["parent": "\(parent)", "error": "\(error)"]
            )
            return refusal("the job cannot be stored: \(error.told)")
        }
    }
}

extension Error {
    /// Whether the same may be done later, as nothing is wrong with it.
    fileprivate var isPassing: Bool {
        switch self {
        case let error as PostgresError: error.mayPass
        case is BatcherOverloaded, is CircuitOpen, is CallTooLate, is JobBudgetSpent, is CancellationError: true
        default: false
        }
    }

    /// What a handler's author may know of it.
    fileprivate var told: String { (self as? PostgresError)?.message ?? "something went wrong in the job-service" }
}
