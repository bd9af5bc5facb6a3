import Concurrency
import DequeModule
import NIOCore
import Synchronization

/// A call between the tasks that read and write it and the event loop that moves its bytes.
///
/// Every access is under one short lock; tasks are resumed and the event loop is called after it is released. A task tells the event
/// loop of news through the connection's ``Outbox``, at most once until the loop has looked.
final class CallStream: Sendable {
    private struct State {
        var inbound: InboundBuffer
        var outbound: OutboundBuffer
        var readers = WaiterQueue<Void>()
        var writers = WaiterQueue<Void>()
        var binding: Binding?
        var isLoopTold = false
        var reset: HTTP2ErrorCode?

        /// Whom to tell of news; `nil` if there is nobody yet, or if they know already.
        mutating func bindingToTell() -> Binding? {
            guard !isLoopTold, let binding else { return nil }
            isLoopTold = true
            return binding
        }
    }

    /// The connection and the stream that carry the call.
    struct Binding: Sendable {
        var outbox: Outbox
        var stream: Int32

        func tell() { outbox.touch(stream: stream) }
    }

    /// What the event loop has to do for a call.
    struct Work {
        var reset: HTTP2ErrorCode?
        var credit: Int
        var isHeadDue: Bool
    }

    private let state: Mutex<State>
    private let sendsGzip = Atomic<Bool>(false)
    private let receivesGzip = Atomic<Bool>(false)
    private let messageLimit: Int
    private let role: HTTP2Session.Role

    init(role: HTTP2Session.Role, configuration: ConnectionConfiguration, replayLimit: Int = 0, binding: Binding? = nil)
    {
        self.role = role
        messageLimit = configuration.maxReceiveMessageSize
        state = Mutex(
            State(
                inbound: InboundBuffer(window: Int(configuration.settings.streamWindowSize)),
                outbound: OutboundBuffer(highWatermark: configuration.writeBufferSize, replayLimit: replayLimit),
                binding: binding
            )
        )
    }
}

// MARK: - Compression

extension CallStream {
    /// How this side compresses the messages it sends.
    var sendCompression: CompressionAlgorithm {
        get { sendsGzip.load(ordering: .relaxed) ? .gzip : .identity }
        set { sendsGzip.store(newValue == .gzip, ordering: .relaxed) }
    }

    /// How the peer says it compresses the messages that it marks as compressed.
    var receiveCompression: CompressionAlgorithm {
        get { receivesGzip.load(ordering: .relaxed) ? .gzip : .identity }
        set { receivesGzip.store(newValue == .gzip, ordering: .relaxed) }
    }

    /// Reads the frames of this call.
    var decoder: MessageDecoder { MessageDecoder(compression: receiveCompression, limit: messageLimit) }
}

// MARK: - Tasks

extension CallStream {
    /// Waits for the next whole message with its prefix; `nil` at the end.
    /// - Throws: the status of a call that failed, or `CancellationError`.
    func nextFrame() async throws -> ByteBuffer? {
        while true {
            let (next, binding) = state.withLock { state in
                let next = state.inbound.next()
                return (next, state.inbound.isCreditWorthTelling ? state.bindingToTell() : nil)
            }
            binding?.tell()
            switch next {
            case .frame(let frame): return frame
            case .finished: return nil
            case .failed(let error): throw error
            case .empty: try await wait(in: \.readers) { $0.inbound.isReady }
            }
        }
    }

    /// Waits for the peer's initial metadata, which is empty if the call ended without.
    func initialMetadata() async throws -> Metadata {
        try await wait(in: \.readers) { $0.inbound.head != nil || $0.inbound.end != nil }
        return state.withLock { $0.inbound.head ?? [:] }
    }

    /// The peer's trailers, once the call has ended; whether or not its messages were read.
    func end() async throws -> InboundBuffer.End {
        while true {
            if let end = state.withLock({ $0.inbound.end }) { return end }
            try await wait(in: \.readers) { $0.inbound.end != nil }
        }
    }

    /// How the peer ended the call; `nil` while it has not.
    var endIfAny: InboundBuffer.End? { state.withLock { $0.inbound.end } }

    /// Whether the call is over for the tasks of this side.
    var isOver: Bool { state.withLock { $0.inbound.end != nil && $0.outbound.closed != nil } }

    /// Why nothing can be written any more; `nil` while it can.
    var closed: GRPCError? { state.withLock { $0.outbound.closed } }

    /// Writes framed messages, then waits while too many bytes are on their way out.
    func write(_ frames: some Sequence<ByteBuffer>) async throws {
        let (binding, hasRoom) = try state.withLock { state throws(GRPCError) in
            for frame in frames { try state.outbound.write(frame) }
            return (state.bindingToTell(), state.outbound.hasRoom)
        }
        binding?.tell()
        guard !hasRoom else { return }
        try await wait(in: \.writers) { $0.outbound.isDrained }
        if let closed { throw closed }
    }

    /// Ends this side of the stream, after a last message if there is one.
    func finish(_ ending: OutboundBuffer.Ending, after frame: ByteBuffer? = nil) {
        let binding = state.withLock { state in
            // Whether the stream is gone already does not matter any more: the call is over.
            if let frame { try? state.outbound.write(frame) }
            state.outbound.finish(ending)
            return state.bindingToTell()
        }
        binding?.tell()
    }

    /// The writer has no more messages. A server's side ends with its status, later.
    func finishWriting() {
        if role == .client { finish(.halfClose) }
    }

    /// Sets what a server sends ahead of the first message, if that has not gone out.
    func set(initialMetadata: Metadata) {
        state.withLock { $0.outbound.initialMetadata = initialMetadata }
    }

    /// Sends the head now.
    func sendHead() {
        let binding = state.withLock { state in
            state.outbound.sendHead()
            return state.bindingToTell()
        }
        binding?.tell()
    }

    /// Gives the call up: both sides end with `error` here, and the peer is told by a reset.
    func cancel(_ error: GRPCError, code: HTTP2ErrorCode = .cancel) {
        let (binding, wakes) = state.withLock { state in
            let isOver = state.inbound.end != nil && state.outbound.closed != nil
            if !isOver { state.reset = state.reset ?? code }
            state.inbound.discard()
            return (isOver ? nil : state.bindingToTell(), Self.close(&state, with: .failed(error), writers: error))
        }
        for wake in wakes { wake.resume() }
        binding?.tell()
    }

    private func wait(
        in waiters: any WritableKeyPath<State, WaiterQueue<Void>> & Sendable,
        until isReady: @Sendable (inout State) -> Bool
    ) async throws {
        await state.wait(in: waiters, until: isReady)
        try Task.checkCancellation()
    }
}

// MARK: - Event loop

extension CallStream {
    /// Ties the call to a stream; `nil` unties it.
    func bind(_ binding: Binding?) {
        state.withLock {
            $0.binding = binding
            $0.isLoopTold = false
        }
    }

    func takeWork() -> Work {
        state.withLock { state in
            state.isLoopTold = false
            defer { state.reset = nil }
            return Work(reset: state.reset, credit: state.inbound.takeCredit(), isHeadDue: state.outbound.isHeadDue)
        }
    }

    func receive(head: Metadata) {
        state.withLock { state in
            state.inbound.receive(head: head)
            state.outbound.commit()
            return state.readers.removeAll()
        }.resume()
    }

    /// Takes in what arrived, and the end if that was all; how many bytes can be credited to the peer at once.
    func receive(chunks: Deque<ByteBuffer>, partialBytes: Int, end: InboundBuffer.End?) -> Int {
        let (credit, wake) = state.withLock { state in
            state.inbound.receive(chunks: chunks, partialBytes: partialBytes)
            if let end { state.inbound.finish(end) }
            let hasNews = end != nil || !chunks.isEmpty
            return (state.inbound.takeCredit(), hasNews ? state.readers.removeAll() : .none)
        }
        wake.resume()
        return credit
    }

    /// The peer will send nothing more.
    func receiveEnd(_ end: InboundBuffer.End) {
        state.withLock { state in
            state.inbound.finish(end)
            return state.readers.removeAll()
        }.resume()
    }

    /// The stream is gone: readers see `end` unless they have one already, writers are told `error`.
    func close(with end: InboundBuffer.End, writers error: GRPCError) {
        let wakes = state.withLock { Self.close(&$0, with: end, writers: error) }
        for wake in wakes { wake.resume() }
    }

    /// What a server sends first, and whether a message or the end follows at once.
    func responseHead() -> (metadata: Metadata, ending: OutboundBuffer.Ending?, hasMessages: Bool) {
        state.withLock { ($0.outbound.initialMetadata, $0.outbound.ending, !$0.outbound.isEmpty) }
    }

    /// Whether nothing waits to be taken over by the loop.
    var isOutboundEmpty: Bool { state.withLock { $0.outbound.isEmpty } }

    /// Moves waiting chunks to the loop, after `sent` bytes have gone out since the last time.
    func takeOutbound(into sending: inout Deque<ByteBuffer>, sent: Int) -> OutboundBuffer.Ending? {
        let (ending, wake) = state.withLock { state in
            state.outbound.sent(sent)
            state.outbound.takeChunks(into: &sending)
            return (state.outbound.ending, state.outbound.isDrained ? state.writers.removeAll() : .none)
        }
        wake.resume()
        return ending
    }

    /// Prepares another attempt, if everything that was sent is still at hand; whether it is.
    func rewind() -> Bool {
        state.withLock { state in
            guard state.outbound.canReplay, state.outbound.closed == nil, state.inbound.end == nil else { return false }
            state.inbound.rewind()
            state.outbound.rewind()
            state.binding = nil
            state.isLoopTold = false
            state.reset = nil
            return true
        }
    }

    private static func close(
        _ state: inout State,
        with end: InboundBuffer.End,
        writers error: GRPCError
    ) -> [WaiterQueue<Void>.Woken] {
        state.inbound.finish(end)
        state.outbound.close(error)
        return [state.readers.removeAll(), state.writers.removeAll()]
    }
}
