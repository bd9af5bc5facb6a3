import GRPC
import NIOCore
import SwiftProtobuf
import Synchronization

/// A service whose handlers tell the test what happens to them, and wait for it.
struct ProbeService: GRPCService {
    typealias Message = Grpc_Testing_Payload

    static let echo = MethodDescriptor(service: "test.Probe", method: "Echo")
    static let stream = MethodDescriptor(service: "test.Probe", method: "Stream")
    static let custom = MethodDescriptor(service: "test.Probe", method: "Custom")

    /// What `Custom` does.
    var body: @Sendable (GRPCMessageStream<Message>, GRPCWriter<Message>, ServerContext) async throws -> Void = {
        _,
        _,
        _ in
    }

    func register(in router: inout GRPCRouter) {
        router.unary(Self.echo, Message.self, Message.self) { request, _ in request }
        router.bidirectional(Self.stream, Message.self, Message.self) { requests, responses, _ in
            for try await request in requests { try await responses.write(request) }
        }
        router.bidirectional(Self.custom, Message.self, Message.self, handler: body)
    }

    static func message(_ size: Int) -> Message { .with { $0.body = .init(repeating: 7, count: size) } }

    /// A whole echo request as raw bytes.
    static func framed(_ size: Int) throws -> [UInt8] {
        RawConnection.message(try message(size).serializedBytes())
    }
}

/// Something that a handler tells a test.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

    func send() { continuation.yield() }

    /// Waits for the next time it is sent.
    func wait() async {
        for await _ in stream { return }
    }
}

/// A number that several tasks count up, and that others wait for.
final class Tally: Sendable {
    private struct State {
        var count = 0
        var waiting: [(count: Int, signal: Signal)] = []
    }

    private let state = Mutex(State())

    var value: Int { state.withLock { $0.count } }

    func increment() {
        let reached = state.withLock { state in
            state.count += 1
            defer { state.waiting.removeAll { $0.count <= state.count } }
            return state.waiting.filter { $0.count <= state.count }
        }
        for waiter in reached { waiter.signal.send() }
    }

    /// Waits until the number is at least `count`, or the task is cancelled.
    func reaches(_ count: Int) async {
        let signal = Signal()
        let isReached = state.withLock { state in
            if state.count < count { state.waiting.append((count, signal)) }
            return state.count >= count
        }
        if !isReached { await signal.wait() }
    }
}

/// Something that a test says to its tasks once.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
