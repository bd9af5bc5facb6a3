import Concurrency
import Foundation
import GRPC
import JobCore
import JobStore
import Logging
import Platform
import SwiftProtobuf
import Synchronization
import Tracing

/// One worker's session: each message is answered as soon as its batch is done, not in the order of arrival.
struct ControlSession: Sendable {
    /// How many hints, and other news, go into a message.
    private static let newsInMessage = 2_000

    let plane: ControlPlane
    /// Who the worker is to the platform, and by what it was let in.
    let caller: Caller
    let hello: WorkerHello
    let opened: OpenedSession
    let requests: GRPCMessageStream<ControlWorkerMessage>
    let responses: GRPCWriter<ControlServerMessage>

    private var worker: WorkerID { hello.worker }

    /// Runs the session until the worker says goodbye, its connection ends, or something cannot be done.
    func run() async throws {
        guard let (number, signal) = plane.sessions.add(worker, scope: hello.scope) else { throw CancellationError() }
        defer { plane.sessions.remove(worker, number) }
        async let standing = standingHints()
        async let types = unservedTypes()
        let (hints, unserved) = await (standing, types)
        try await responses.write(
            .with {
                $0.welcome.leaseMs = UInt32(LeaseTimes.lease.millisecondsTruncated)
                $0.welcome.heartbeatMs = UInt32(LeaseTimes.heartbeat.millisecondsTruncated)
                $0.welcome.leaseKept = opened.leaseKept
                $0.welcome.tenant = hello.scope.tenant?.rawValue ?? ""
                $0.welcome.hints = hints.map(ControlHint.init)
                $0.welcome.unservedTypes = unserved
                $0.welcome.workerID = worker.bytes
            }
        )
        if opened.isDraining { try await sendDrain() }
        plane.logger.info("a worker opened a session", metadata: ["worker_id": "\(worker)", "name": "\(hello.name)"])
        let (failures, failed) = AsyncStream.makeStream(of: (any Error).self, bufferingPolicy: .bufferingOldest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watchCredential() }
            group.addTask { try await sendNews(number, signal) }
            group.addTask { for await failure in failures { throw failure } }
            group.addTask { try await serveMessages(number, failed) }
            // Whatever ends first ends the session.
            try await group.next()
            group.cancelAll()
        }
    }

    /// What waits for the worker now. It is told so again by the sweep, so not knowing is no reason to turn it away.
    private func standingHints() async -> [BacklogHint] {
        do {
            let waiting = try await plane.backlogs.waiting(of: hello.scope.tenant, limit: Self.newsInMessage)
                .filter(hello.scope.contains)
            return waiting.map { BacklogHint($0, since: 0) }
        } catch {
            plane.logger.debug("what waits is not known", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// How many types without a handler a worker is told of.
    private static let maxUnserved = 20

    /// What waits for nobody, as far as the worker may know; it is of use to people alone.
    private func unservedTypes() async -> [String] {
        let all = try? await plane.backlogs.unhandledTypes(of: hello.scope.tenant, limit: Self.maxUnserved)
        return Set((all ?? []).map(\.type)).filter { !hello.scope.types.map(\.rawValue).contains($0) }.sorted()
    }

    /// Waits until what the worker was let in by is good no more: a session may last for weeks, its credential need not.
    private func watchCredential() async throws {
        while true {
            let version = plane.revocations.version
            try caller.check(by: plane.revocations)
            await plane.revocations.change(after: version, atMost: caller.remaining)
            try Task.checkCancellation()
        }
    }

    /// Serves messages side by side until goodbye or the end of the stream.
    private func serveMessages(_ number: UInt64, _ failed: AsyncStream<any Error>.Continuation) async throws {
        let (exchanges, heartbeats, submissions) = (Counted(), Counted(), Counted())
        try await withThrowingDiscardingTaskGroup { group in
            for try await message in requests {
                try caller.check(by: plane.revocations)
                switch message.kind {
                case .exchange(let message):
                    let exchange = try WorkerExchange(message, of: opened.key, in: hello.scope)
                    guard exchanges.begin(atMost: WorkerBounds.exchangesUnderWay) else { throw GRPCError.tooMany }
                    // Nothing more is read of a session as long as what is waits for room.
                    await plane.pipeline.waitForRoom(of: hello.scope.tenant)
                    group.addTask {
                        defer { exchanges.end() }
                        await reporting(to: failed) { try await serve(exchange, number) }
                    }
                case .heartbeat(let message):
                    let heartbeat = try WorkerHeartbeat(message)
                    guard heartbeats.begin(atMost: WorkerBounds.heartbeatsUnderWay) else { throw GRPCError.tooMany }
                    group.addTask {
                        defer { heartbeats.end() }
                        await reporting(to: failed) { try await serve(heartbeat) }
                    }
                case .submit(let message):
                    let submission = try WorkerSubmission(message)
                    guard submissions.begin(atMost: WorkerBounds.submissionsUnderWay) else { throw GRPCError.tooMany }
                    group.addTask {
                        defer { submissions.end() }
                        await reporting(to: failed) {
                            let submitted = await plane.children.submit(submission, by: worker)
                            try await responses.write(.with { $0.submitted = submitted })
                        }
                    }
                case .goodbye:
                    return try await sayGoodbye(number)
                case .hello, nil:
                    throw GRPCError(code: .invalidArgument, message: "kind is none that is expected here")
                }
            }
        }
    }

    private func reporting(
        to failed: AsyncStream<any Error>.Continuation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
        } catch {
            failed.yield(error)
        }
    }

    // MARK: Exchanges

    private func serve(_ exchange: WorkerExchange, _ number: UInt64) async throws {
        let began = DefaultTracerClock.now
        // Said before the database is asked: it concerns others.
        if !exchange.dropped.isEmpty { plane.relay.dropped(exchange.dropped, by: worker, of: hello.scope.tenant) }
        let result = try await plane.pipeline.carryOut(exchange)
        let room = exchange.free + exchange.requested - result.granted.count
        plane.sessions.setFree(max(0, room), worker, number)
        try await responses.write(.with { $0.exchanged = ControlExchanged(result, exchange) })
        ExchangeSpans.record(exchange, result, began: began)
    }

    private func serve(_ heartbeat: WorkerHeartbeat) async throws {
        let lease = try await plane.renewals.submit(
            LeaseRenewal(session: opened.key, tenant: hello.scope.tenant, running: heartbeat.running)
        )
        try await responses.write(
            .with {
                $0.heartbeatAck.sequence = heartbeat.sequence
                $0.heartbeatAck.isRenewed = lease.isRenewed
            }
        )
        if lease.isDraining { try await sendDrain() }
        if !lease.cancelledRuns.isEmpty {
            try await send(cancelled: lease.cancelledRuns.map { RunKey(job: $0.job, run: $0.run) })
        }
    }

    private func sayGoodbye(_ number: UInt64) async throws {
        plane.sessions.remove(worker, number)
        let ended = try await retryingConflicts { try await plane.leases.close(opened.key) }
        plane.ended.publish(ended)
        plane.logger.info("a worker said goodbye", metadata: ["worker_id": "\(worker)"])
    }

    // MARK: News

    /// Tells the worker what concerns it as soon as it is known, until the session ends.
    private func sendNews(_ number: UInt64, _ signal: Signal) async throws {
        while !Task.isCancelled {
            guard let news = plane.sessions.takeNews(of: worker, number) else { break }
            if news.isEmpty {
                await signal.wait()
                continue
            }
            if news.isDraining { try await sendDrain() }
            try await send(cancelled: Array(news.cancelled))
            for queues in Array(news.pauses).chunks(of: Self.newsInMessage) {
                try await responses.write(
                    .with {
                        $0.pauses.queues = queues.map { queue in
                            .with {
                                $0.tenant = queue.tenant.rawValue
                                $0.queue = queue.queue.rawValue
                            }
                        }
                    }
                )
            }
            for hints in Array(news.hints).chunks(of: Self.newsInMessage) {
                try await responses.write(
                    .with { $0.hints.hints = hints.map { ControlHint(BacklogHint($0.key, since: $0.value)) } }
                )
            }
        }
        throw CancellationError()
    }

    private func sendDrain() async throws {
        try await responses.write(.with { $0.drain = ControlDrain() })
    }

    private func send(cancelled runs: [RunKey]) async throws {
        for runs in runs.chunks(of: Self.newsInMessage) {
            try await responses.write(
                .with {
                    $0.cancellations.runs = runs.map(ControlRun.init)
                }
            )
        }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}

/// How many of something are under way.
private final class Counted: Sendable {
    private let count = Mutex(0)

    func begin(atMost limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() {
        count.withLock { $0 -= 1 }
    }
}

extension GRPCError {
    fileprivate static let tooMany = GRPCError(
        code: .resourceExhausted,
        message: "a worker waits for the answers to what it sent before it sends more"
    )
}
