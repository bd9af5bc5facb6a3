import QueueFlowWorker

/// `fail {times}`: fails in its first `times` attempts, then succeeds.
struct FailHandler: JobHandler {
    private struct Payload: Decodable {
        var times: Int
    }

    private struct FailedOnRequest: Error, CustomStringConvertible {
        var attempt: Int
        var times: Int

        var description: String { "attempt \(attempt) failed as requested; the first \(times) do" }
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let times = try job.decodePayload(as: Payload.self).times
        guard job.attempt > times else { throw FailedOnRequest(attempt: job.attempt, times: times) }
        return .none
    }
}
