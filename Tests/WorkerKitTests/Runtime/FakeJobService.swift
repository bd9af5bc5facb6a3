import Concurrency
import Foundation
import GRPC
import JobCore
import SwiftProtobuf
import Synchronization
import Testing

@testable import QueueFlowWorker

/// A job-service that says what a test tells it to, over the real wire.
final class FakeJobService: GRPCService, Sendable {
    /// The sessions that workers open.
    let sessions: AsyncStream<FakeSession>
    private let opened: AsyncStream<FakeSession>.Continuation

    init() {
        (sessions, opened) = AsyncStream.makeStream()
    }

    func register(in router: inout GRPCRouter) {
        router.bidirectional(
            MethodDescriptor(service: WorkerControl.service, method: WorkerControl.session),
            ControlWorkerMessage.self,
            ControlServerMessage.self
        ) {
            [opened] requests, responses, context in
            var messages = requests.makeAsyncIterator()
            guard case .hello(let hello) = try await messages.next()?.kind else { throw FakeSession.broken }
            let session = FakeSession(hello: hello, metadata: context.metadata, responses: responses)
            opened.yield(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await session.serve(requests) }
                group.addTask { for await error in session.ends { throw error } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}

/// A worker's session as the fake job-service has it. Heartbeats are answered by themselves, as ``heartbeats`` says.
final class FakeSession: Sendable {
    enum Heartbeats: Sendable {
        case renewed
        case refused
        case unanswered
    }

    static let broken = GRPCError(code: .unavailable, message: "the session is broken")

    let hello: ControlHello
    let metadata: Metadata
    let heartbeats = Mutex(Heartbeats.renewed)
    /// How many heartbeats came.
    let beats = Atomic(0)
    let ends: AsyncStream<GRPCError>
    private let end: AsyncStream<GRPCError>.Continuation
    /// The exchanges that came, and nil for goodbye.
    private let exchanges: AsyncStream<ControlExchange?>
    private let came: AsyncStream<ControlExchange?>.Continuation
    /// What handlers submitted.
    let submits: AsyncStream<ControlSubmit>
    private let submitted: AsyncStream<ControlSubmit>.Continuation
    private let responses: GRPCWriter<ControlServerMessage>

    init(hello: ControlHello, metadata: Metadata, responses: GRPCWriter<ControlServerMessage>) {
        self.hello = hello
        self.metadata = metadata
        self.responses = responses
        (ends, end) = AsyncStream.makeStream()
        (exchanges, came) = AsyncStream.makeStream()
        (submits, submitted) = AsyncStream.makeStream()
    }

    fileprivate func serve(_ requests: GRPCMessageStream<ControlWorkerMessage>) async throws {
        defer { came.finish() }
        for try await message in requests {
            switch message.kind {
            case .exchange(let exchange): came.yield(exchange)
            case .goodbye:
                came.yield(nil)
                return
            case .heartbeat(let heartbeat):
                beats.add(1, ordering: .relaxed)
                let answer = heartbeats.withLock { $0 }
                guard answer != .unanswered else { continue }
                try await send {
                    $0.heartbeatAck.sequence = heartbeat.sequence
                    $0.heartbeatAck.isRenewed = answer == .renewed
                }
            case .submit(let submit): submitted.yield(submit)
            case .hello, nil: throw GRPCError(code: .invalidArgument, message: "not expected")
            }
        }
    }

    func send(_ fill: (inout ControlServerMessage) -> Void) async throws {
        try await responses.write(.with(fill))
    }

    func welcome(
        leaseKept: Bool = false,
        hints: [BacklogHint] = [],
        lease: Duration = .seconds(10),
        heartbeat: Duration = .milliseconds(50)
    ) async throws {
        try await send {
            $0.welcome.leaseMs = UInt32(lease.millisecondsTruncated)
            $0.welcome.heartbeatMs = UInt32(heartbeat.millisecondsTruncated)
            $0.welcome.leaseKept = leaseKept
            $0.welcome.hints = hints.map(ControlHint.init)
            $0.welcome.workerID = WorkerID.make().bytes
        }
    }

    /// The next exchange.
    func exchange() async throws -> ControlExchange {
        for await exchange in exchanges { return try #require(exchange, "the worker said goodbye") }
        throw Self.broken
    }

    /// Waits until the worker says goodbye; what it reports and asks for until then is answered with nothing.
    ///
    /// - Returns: The outcomes that it reported.
    func goodbye() async throws -> [ControlOutcome] {
        var outcomes: [ControlOutcome] = []
        for await exchange in exchanges {
            guard let exchange else { return outcomes }
            #expect(exchange.claims.isEmpty && exchange.pulls.isEmpty && exchange.free == 0)
            outcomes += exchange.outcomes
            try await answer(exchange)
        }
        throw Self.broken
    }

    /// Answers an exchange, with grants of one backlog.
    func answer(
        _ exchange: ControlExchange,
        _ runs: [RunKey] = [],
        of backlog: Backlog = .sample(),
        batch: Int64 = 1,
        isExhausted: Bool = true
    ) async throws {
        try await send {
            $0.exchanged.sequence = exchange.sequence
            $0.exchanged.backlogs = [ControlBacklog(backlog)]
            $0.exchanged.grants = runs.map { run in
                .with {
                    $0.jobID = run.job.bytes
                    $0.run = UInt32(run.run)
                    $0.attempt = 1
                    $0.maxAttempts = 5
                    $0.payload = Data("{\"n\":1}".utf8)
                    $0.batchID = batch
                    $0.queuedAt = 7
                }
            }
            $0.exchanged.pulls = exchange.pulls.map { _ in
                .with {
                    $0.isExhausted = isExhausted
                    $0.reached = runs.isEmpty ? 0 : 7
                }
            }
        }
    }

    /// Answers exchanges with nothing until so many outcomes have come.
    func outcomes(_ count: Int) async throws -> [ControlOutcome] {
        var outcomes: [ControlOutcome] = []
        while outcomes.count < count {
            let exchange = try await exchange()
            outcomes += exchange.outcomes
            try await answer(exchange)
        }
        return outcomes
    }

    /// The next jobs that a handler submits.
    func submit() async throws -> ControlSubmit {
        for await submit in submits { return submit }
        throw Self.broken
    }

    /// Breaks the session.
    func sever() { end.yield(Self.broken) }
}
