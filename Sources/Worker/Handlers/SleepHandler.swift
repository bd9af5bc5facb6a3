import QueueFlowWorker

/// `sleep {seconds}`: sleeps so long.
struct SleepHandler: JobHandler {
    private struct Payload: Decodable {
        var seconds: Double
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let payload = try job.decodePayload(as: Payload.self)
        guard (0...86_400).contains(payload.seconds) else {
            throw JobFailure.discard("seconds is \(payload.seconds); expected 0 to 86400")
        }
        try await Task.sleep(for: .seconds(payload.seconds))
        return .none
    }
}
