import Concurrency
import NIOCore
import Synchronization

/// One call as its handler and the server's interceptors see it.
///
/// The call's task is cancelled when the client cancels, its deadline passes or its connection breaks: check `Task.isCancelled`, or await
/// something that does.
public final class ServerContext: Sendable {
    /// The method that is called.
    public let descriptor: MethodDescriptor

    /// What the client sent along, its `user-agent` included.
    public let metadata: Metadata

    /// When the client gives up; `nil` if it waits for ever.
    public let deadline: ContinuousClock.Instant?

    /// Who calls.
    public let peer: RPCPeer

    let call: CallStream
    private let shutdown: Latch
    private let acceptsGzip: Bool
    private let state = Mutex(State())

    private struct State {
        var initialMetadata = Metadata()
        var trailingMetadata = Metadata()
        var lastFrame: ByteBuffer?
    }

    init(
        descriptor: MethodDescriptor,
        head: IncomingHead,
        deadline: ContinuousClock.Instant?,
        peer: RPCPeer,
        call: CallStream,
        shutdown: Latch
    ) {
        self.descriptor = descriptor
        self.metadata = head.metadata
        self.acceptsGzip = head.acceptsGzip
        self.deadline = deadline
        self.peer = peer
        self.call = call
        self.shutdown = shutdown
    }

    /// What the client is told ahead of the first message. Set it before that; later changes are not sent.
    public var initialMetadata: Metadata {
        get { state.withLock { $0.initialMetadata } }
        set {
            state.withLock { $0.initialMetadata = newValue }
            call.set(initialMetadata: newValue)
        }
    }

    /// What the client is told with the status at the end of the call.
    public var trailingMetadata: Metadata {
        get { state.withLock { $0.trailingMetadata } }
        set { state.withLock { $0.trailingMetadata = newValue } }
    }

    /// How responses are compressed. Has an effect before the first message, and only if the client reads that compression.
    public var responseCompression: CompressionAlgorithm {
        get { call.sendCompression }
        set { if newValue == .identity || acceptsGzip { call.sendCompression = newValue } }
    }

    /// The time that is left until the deadline, never negative; `nil` if there is none.
    public var timeRemaining: Duration? {
        deadline.map { max(.zero, $0 - .now) }
    }

    /// Whether the server is shutting down, and waits for this call to end.
    public var isShuttingDown: Bool { shutdown.isOpen }

    /// Waits until the server begins to shut down, or the task is cancelled. For calls that would go on for ever.
    public func shutdownBegun() async { await shutdown.wait() }

    /// Sends the initial metadata now instead of with the first message.
    public func sendInitialMetadata() { call.sendHead() }

    /// The response of a unary or client-streaming call, on its way through the interceptors.
    var lastFrame: ByteBuffer? {
        get { state.withLock { $0.lastFrame } }
        set { state.withLock { $0.lastFrame = newValue } }
    }
}

/// Who is at the other end of a connection.
public struct RPCPeer: Sendable {
    /// The peer's address, for example `127.0.0.1:50412`.
    public let address: String

    /// Who the peer proved to be by its TLS certificate; `nil` without TLS or without a client certificate.
    public let identity: TLSIdentity?
}
