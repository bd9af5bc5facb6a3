import Concurrency
import DequeModule
package import Foundation
package import JobCore
package import QueueFlowJobs
import ServiceContextModule
import SwiftProtobuf
import Synchronization

/// A job that a handler submits.
package struct ChildJob: Sendable {
    /// Which handler runs it.
    package var type: String
    /// Its payload, JSON.
    package var payload: Data
    /// How it is queued, run and tried again.
    package var options: JobOptions
    /// What its parent calls it.
    package var key: String
}

/// Submits jobs for handlers.
///
/// - Returns: The ids, in the order of the jobs.
package typealias SubmitChildren = @Sendable (_ parent: RunKey, _ jobs: [ChildJob]) async throws -> [String]

/// Submits the jobs of handlers through whatever session is open: what was not answered in one is sent again in the next.
final class ChildJobs: Sendable {
    /// What a message carries at most; see `control.proto`.
    private static let (maxJobs, maxBytes) = (1_000, 1 << 20)

    /// What waits for its answer.
    private final class Request: Sendable {
        let message: Mutex<ControlSubmit>
        let answer = Mutex<ControlSubmitted?>(nil)
        let isAnswered = Latch()

        init(_ message: ControlSubmit) {
            self.message = Mutex(message)
        }
    }

    private struct State {
        var last: UInt64 = 0
        var unsent = Deque<Request>()
        var sent: Request?
    }

    private let state = Mutex(State())
    private let outbound: Signal

    /// - Parameter outbound: Raised when there is something to send.
    init(outbound: Signal) {
        self.outbound = outbound
    }

    /// Submits jobs, as many messages as they need, and waits until they are on record.
    ///
    /// - Throws: ``ChildJobRefused``; ``RunIsOver``; `CancellationError`; `EncodingError`.
    @Sendable func submit(_ parent: RunKey, _ jobs: [ChildJob]) async throws -> [String] {
        var ids: [String] = []
        var next = jobs[...]
        while !next.isEmpty {
            var message = ControlSubmit()
            message.parent = ControlRun(parent)
            message.trace = RunSpans.carried(ServiceContext.current)
            var bytes = 0
            while let job = next.first, message.jobs.count < Self.maxJobs, bytes < Self.maxBytes {
                let document = try job.options.document(type: job.type, payload: job.payload)
                bytes += document.count
                message.jobs.append(
                    .with {
                        $0.document = document
                        $0.key = job.key
                    }
                )
                next.removeFirst()
            }
            ids += try await submit(message)
        }
        return ids
    }

    private func submit(_ message: ControlSubmit) async throws -> [String] {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))
        while true {
            let answer = try await answer(to: message)
            if answer.isLost { throw RunIsOver() }
            if answer.isBusy {
                try await Task.sleep(for: backoff.next())
                continue
            }
            return try answer.jobs.map { job in
                guard let id = JobID(bytes: job.id) else { throw ChildJobRefused(description: job.refusal) }
                return id.description
            }
        }
    }

    private func answer(to message: ControlSubmit) async throws -> ControlSubmitted {
        let request = Request(message)
        state.withLock { $0.unsent.append(request) }
        outbound.raise()
        await request.isAnswered.wait()
        guard let answer = request.answer.withLock(\.self) else {
            state.withLock { state in state.unsent.removeAll { $0 === request } }
            throw CancellationError()
        }
        return answer
    }

    // MARK: Session

    /// What is to be sent now; nil when that is nothing, or has to wait for an answer.
    func next() -> ControlSubmit? {
        state.withLock { state in
            guard state.sent == nil, let request = state.unsent.popFirst() else { return nil }
            state.sent = request
            state.last += 1
            let number = state.last
            return request.message.withLock { message in
                message.sequence = number
                return message
            }
        }
    }

    /// An answer came.
    func answered(_ answer: ControlSubmitted) {
        let request: Request? = state.withLock { state in
            guard answer.sequence == state.last else { return nil }
            return state.sent.take()
        }
        request?.answer.withLock { $0 = answer }
        request?.isAnswered.open()
    }

    /// The session ended: what was not answered is to be sent again.
    func sessionEnded() {
        state.withLock { state in
            if let request = state.sent.take() { state.unsent.prepend(request) }
        }
    }
}

/// A job that a handler submitted was not taken.
public struct ChildJobRefused: Error, CustomStringConvertible {
    /// Why.
    public let description: String

    package init(description: String) {
        self.description = description
    }
}
