import Foundation
import JobCore

@testable import QueueFlowWorker

extension Backlog {
    static func sample(
        tenant: String = "t",
        _ queue: String = "q",
        _ priority: Priority = .normal,
        type: String = "echo"
    ) -> Backlog {
        Backlog(
            tenant: TenantName(validated: tenant),
            queue: QueueName(validated: queue),
            priority: priority,
            type: JobType(validated: type)
        )
    }
}

extension GrantedJob {
    static func sample(
        _ key: RunKey = RunKey(job: .make(), run: 1),
        _ backlog: Backlog = .sample(),
        attempt: Int = 1,
        timeout: Duration? = nil,
        retry: RetryPolicy? = nil,
        batch: Int64 = 1,
        queuedAt: Int64 = 0
    ) -> GrantedJob {
        GrantedJob(
            key: key,
            backlog: backlog,
            attempt: attempt,
            maxAttempts: 5,
            timeout: timeout,
            payload: Data("{}".utf8),
            retry: retry,
            batch: batch,
            queuedAt: queuedAt
        )
    }
}
