import Foundation
import Logging

@testable import JobCore
@testable import QueueFlowWorker

extension RunningJob {
    /// A job with a payload, in its first attempt.
    static func made(_ type: String, _ payload: String, tenant: String = "t") -> RunningJob {
        let backlog = Backlog(
            tenant: TenantName(validated: tenant),
            queue: .default,
            priority: .normal,
            type: JobType(validated: type)
        )
        let granted = GrantedJob(
            key: RunKey(job: .make(), run: 1),
            backlog: backlog,
            attempt: 1,
            maxAttempts: 5,
            payload: Data(payload.utf8),
            batch: 1,
            queuedAt: 0
        )
        return RunningJob(
            granted,
            RunHandle(notes: RunNotes(checkpoint: nil) { _ in }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, _ in
            []
        }
    }
}

/// What a handler made of a job.
enum Ending: Equatable {
    case result(String)
    case failed(String)
    case discarded(String)
    case retried(after: Duration)
    case snoozed

    /// Runs a handler as the worker does.
    static func of(_ handler: some JobHandler, _ job: RunningJob) async -> Ending {
        do {
            let result = try await handler.run(job)
            return .result(result.json.map { String(decoding: $0, as: UTF8.self) } ?? "")
        } catch let failure as JobFailure {
            return switch failure.kind {
            case .failure(let reason, isFinal: true, _): .discarded(reason)
            case .failure(_, _, let delay?): .retried(after: delay)
            case .failure(let reason, _, nil): .failed(reason)
            case .snooze: .snoozed
            }
        } catch {
            return .failed("\(error)")
        }
    }

    /// What was said about a job that was given up.
    var discardReason: String? {
        if case .discarded(let reason) = self { reason } else { nil }
    }

    /// What was said about an attempt that failed.
    var failureReason: String? {
        if case .failed(let reason) = self { reason } else { nil }
    }

    /// The result of a job that succeeded, as JSON.
    var json: [String: Any]? {
        guard case .result(let text) = self else { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }
}
