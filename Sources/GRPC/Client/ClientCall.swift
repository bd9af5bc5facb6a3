import Concurrency
import NIOCore
import NIOPosix
import Synchronization

/// A call from its caller's side, over all of its attempts.
///
/// Its ``CallStream`` is what the caller reads and writes; an attempt ties that to a stream of some connection. As long as nothing of an
/// answer has come and all that was sent is still at hand, a failed attempt can be followed by another without the caller noticing.
final class ClientCall: Sendable {
    let descriptor: MethodDescriptor
    let options: CallOptions
    let deadline: ContinuousClock.Instant?
    let stream: CallStream
    private let balancer: Balancer
    private let retry: RetryPolicy
    private let state = Mutex(State())

    private struct State {
        var attempts = 1
        var refusals = 0
        var timer: Scheduled<Void>?
    }

    /// Servers may refuse a call this often before it fails; a server in good order never refuses the same call twice.
    private static let maxRefusals = 5

    init(
        descriptor: MethodDescriptor,
        options: CallOptions,
        configuration: ConnectionConfiguration,
        retry: RetryPolicy,
        balancer: Balancer
    ) {
        self.descriptor = descriptor
        self.options = options
        self.deadline = options.effectiveDeadline
        self.retry = retry
        self.balancer = balancer
        stream = CallStream(role: .client, configuration: configuration, replayLimit: retry.bufferSize)
        stream.sendCompression = options.compression
    }

    /// The time until the deadline; `nil` if there is none.
    var timeRemaining: Duration? { deadline.map { $0 - .now } }

    /// Gives the call up.
    func cancel(_ error: GRPCError) {
        guard !stream.isOver else { return }
        stream.cancel(error)
        leaveQueue()
        balancer.forget(self)
    }

    /// Ends the call without a server's answer.
    func fail(_ error: GRPCError) {
        leaveQueue()
        stream.close(with: .failed(error), writers: error)
    }

    /// Watches the deadline while no connection does.
    func enterQueue() {
        guard let remaining = timeRemaining else { return }
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(clamping: remaining)) {
            self.cancel(.deadlineExceeded)
        }
        state.withLock { state in
            defer { state.timer = timer }
            return state.timer
        }?.cancel()
    }

    /// A connection takes the call over.
    func leaveQueue() {
        state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }?.cancel()
    }

    /// How far an attempt has got.
    enum Progress {
        /// It has not left this side.
        case unsent
        /// The server has surely not begun to handle it.
        case refused
        /// The server may have begun to handle it.
        case handled
    }

    /// An attempt has ended.
    func attemptEnded(_ end: InboundBuffer.End, progress: Progress) {
        switch end {
        case .finished:
            balancer.budget.succeeded()
            stream.close(with: end, writers: .endedByServer)
        case .failed(let error):
            // What was never sent still waits in the call's buffer.
            guard let delay = delay(after: error, progress: progress), progress == .unsent || stream.rewind() else {
                return stream.close(with: end, writers: error)
            }
            delay == .zero ? balancer.submit(self) : tryAgain(after: delay)
        }
    }

    /// How long to wait before another attempt; `nil` if there is to be none.
    private func delay(after error: GRPCError, progress: Progress) -> Duration? {
        switch progress {
        case .unsent: return .zero
        case .refused:
            let refusals = state.withLock { state in
                state.refusals += 1
                return state.refusals
            }
            guard refusals <= Self.maxRefusals else { return nil }
            return refusals == 1 ? .zero : retry.backoff.delay(afterFailures: refusals - 1)
        case .handled: return error.code == .unavailable ? delayBeforeRetry(after: error) : nil
        }
    }

    private func delayBeforeRetry(after error: GRPCError) -> Duration? {
        let isWithinBudget = balancer.budget.failed()
        guard options.isIdempotent, isWithinBudget else { return nil }
        let failures = state.withLock { state in
            defer { state.attempts += 1 }
            return state.attempts
        }
        guard failures < retry.maxAttempts else { return nil }
        // A server may name the wait, or forbid a retry by a negative or unreadable one (gRPC A6, "Pushback").
        guard let pushback = error.metadata["grpc-retry-pushback-ms"] else {
            return retry.backoff.delay(afterFailures: failures)
        }
        return Int64(pushback).flatMap { $0 >= 0 ? .milliseconds($0) : nil }
    }

    private func tryAgain(after delay: Duration) {
        if let remaining = timeRemaining, remaining <= delay { return fail(.deadlineExceeded) }
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(clamping: delay)) {
            self.balancer.submit(self)
        }
        state.withLock { $0.timer = timer }
    }
}

extension GRPCError {
    /// Writing has no use any more, since the server has answered.
    static let endedByServer = GRPCError(
        code: .outOfRange,
        message: "The server has ended the call; nothing more can be written.",
        cause: EndedByServer()
    )

    /// Whether this says that a write came after the server's answer.
    var isEndedByServer: Bool { cause is EndedByServer }

    private struct EndedByServer: Error {}
}
