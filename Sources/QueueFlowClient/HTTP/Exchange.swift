import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// Makes calls and tries again what fails in passing.
struct Exchange: Sendable {
    /// The most bytes of an answer: far above a page of jobs.
    static let maxAnswerBytes = 64 << 20

    let url: String
    let http: HTTPClient
    let configuration: QueueFlowClientConfiguration
    let logger: Logger

    /// Makes a call, as often as it takes.
    ///
    /// - Parameter signature: The header that proves who calls.
    /// - Throws: ``QueueFlowError``, also for every answer that is no success; `CancellationError`.
    func send(_ call: Call, signedBy signature: (name: String, value: String)? = nil) async throws -> Answer {
        var attempt = 1
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
                error = QueueFlowError(transport: failure, url: url)
            }
            error.action = call.action
            if call.method == .GET { error.mayHaveBeenDone = false }
            error.attempts = attempt
            guard let pause = pause(after: error, of: call, attempt: attempt) else { throw error }
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
        var request = HTTPClientRequest(url: url + call.path)
        request.method = call.method
        request.headers = call.headers
        request.headers.add(name: "User-Agent", value: "queueflow-swift")
        request.headers.add(name: "Accept", value: "application/json")
        if let signature { request.headers.add(name: signature.name, value: signature.value) }
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        var time = configuration.requestTimeout + call.patience
        if let deadline = call.deadline { time = min(time, deadline - .now) }
        return try await answer(to: request, within: max(time, .milliseconds(1)))
    }

    /// The whole of an answer. The library's own deadline is none for the body.
    private func answer(to request: HTTPClientRequest, within time: Duration) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                let response = try await http.execute(request, deadline: .now() + TimeAmount(time))
                let body = try await response.body.collect(upTo: Self.maxAnswerBytes)
                return Answer(
                    status: Int(response.status.code),
                    headers: response.headers,
                    body: Data(body.readableBytesView)
                )
            }
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
