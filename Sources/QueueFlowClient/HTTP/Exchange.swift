import AsyncHTTPClient
import Foundation
import Logging
import NIOHTTP1

/// Makes calls and tries again what fails in passing.
struct Exchange: Sendable {
    let carrier: any Carrier
    let configuration: QueueFlowClientConfiguration
    let logger: Logger

    /// Makes a call, as often as it takes.
    ///
    /// - Parameter signature: The header that proves who calls.
    /// - Throws: ``QueueFlowError``, also for every answer that is no success; `CancellationError`.
    func send(_ call: Call, signedBy signature: (name: String, value: String)? = nil) async throws -> Answer {
        var attempt = 1
        // An attempt that found no answer says less than what was answered before, where it makes no difference.
        var reason: QueueFlowError?
        while true {
            try Task.checkCancellation()
            var error: QueueFlowError
            do {
                let answer = try await attemptOnce(call, signature)
                if answer.isSuccess { return answer }
                error = QueueFlowError(answer: answer)
            } catch let failure {
                try Task.checkCancellation()
                if failure is CancellationError { throw failure }
                error = QueueFlowError(transport: failure, url: carrier.address)
            }
            error.action = call.action
            if call.method == .GET { error.mayHaveBeenDone = false }
            if error.kind != .timedOut || call.method != .GET { reason = error }
            guard let pause = pause(after: error, of: call, attempt: attempt) else {
                var failure = reason ?? error
                failure.attempts = attempt
                throw failure
            }
            logger.debug(
                "a call is tried again",
                metadata: [
                    "action": "\(call.action)", "attempt": "\(attempt)", "error": "\(error.detail)",
                    "pause_ms": "\(Int(pause.inSeconds * 1_000))",
                ]
            )
            try await Task.sleep(for: pause)
            attempt += 1
        }
    }

    /// How long to wait before the next attempt; nil when there is none.
    private func pause(after error: QueueFlowError, of call: Call, attempt: Int) -> Duration? {
        guard error.isPassing, attempt < configuration.maxAttempts,
            call.repetition == .harmless || !error.mayHaveBeenDone
        else { return nil }
        let asked = error.retryAfter ?? .zero
        guard asked <= configuration.longestPause else { return nil }
        let pause = asked + configuration.pause(afterAttempt: attempt)
        if let deadline = call.deadline, .now + pause >= deadline { return nil }
        return pause
    }

    private func attemptOnce(_ call: Call, _ signature: (name: String, value: String)?) async throws -> Answer {
        var call = call
        call.headers.add(name: "User-Agent", value: "queueflow-swift")
        call.headers.add(name: "Accept", value: "application/json")
        if let signature { call.headers.add(name: signature.name, value: signature.value) }
        if call.body != nil { call.headers.add(name: "Content-Type", value: "application/json") }
        var time = configuration.requestTimeout + call.patience
        if let deadline = call.deadline { time = min(time, deadline - .now) }
        return try await answer(to: call, within: max(time, .milliseconds(1)))
    }

    /// The whole of an answer. The carrier's own deadline may be none for the body.
    private func answer(to call: Call, within time: Duration) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await carrier.carry(call, within: time) }
            group.addTask {
                try await Task.sleep(for: time)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }
}
