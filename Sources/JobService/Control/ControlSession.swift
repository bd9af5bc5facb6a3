import Concurrency
import Foundation
import GRPC
import JobCore
import JobStore
import Logging
import Platform
import SwiftProtobuf
import Synchronization

/// One worker's session: each message is answered as soon as its batch is done, not in the order of arrival.
struct ControlSession: Sendable {
    /// How many exchanges may be without an answer. A worker has two; one that sends more is none of ours.
    private static let maxExchanges = 4
    /// How many runs a worker may ask for, and how many items of a kind an exchange may have.
    private static let (maxGrants, maxItems) = (2_000, 20_000)
    /// How many hints, and other news, go into a message.
    private static let newsInMessage = 2_000

    let plane: ControlPlane
    /// What the worker was let in by.
    let credential: Credential
    let hello: WorkerHello
    let opened: OpenedSession
    let requests: GRPCMessageStream<ControlWorkerMessage>
    let responses: GRPCWriter<ControlServerMessage>

    private var worker: WorkerID { hello.worker }

    /// Runs the session until the worker says goodbye, its connection ends, or something cannot be done.
    func run() async throws {
        guard let (number, signal) = plane.sessions.add(worker, scope: hello.scope) else { throw CancellationError() }
        defer { plane.sessions.remove(worker, number) }
        let (hints, unserved) = await (standingHints(), unservedTypes())
        try await responses.write(
            .with {
                $0.welcome.leaseMs = UInt32(LeaseTimes.lease.millisecondsTruncated)
                $0.welcome.heartbeatMs = UInt32(LeaseTimes.heartbeat.millisecondsTruncated)
                $0.welcome.leaseKept = opened.leaseKept
                $0.welcome.tenant = hello.scope.tenant?.rawValue ?? ""
                $0.welcome.hints = hints.map(ControlHint.init)
                $0.welcome.unservedTypes = unserved
            }
        )
        plane.logger.info("a worker opened a session", metadata: ["worker_id": "\(worker)", "name": "\(hello.name)"])
        let (failures, failed) = AsyncStream.makeStream(of: (any Error).self, bufferingPolicy: .bufferingOldest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
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

    /// Serves messages side by side until goodbye or the end of the stream.
    private func serveMessages(_ number: UInt64, _ failed: AsyncStream<any Error>.Continuation) async throws {
        let (underWay, submitting) = (Counted(), Counted())
        try await withThrowingDiscardingTaskGroup { group in
            for try await message in requests {
                // A session may last for weeks, its credential need not.
                guard !credential.isRevoked(by: plane.revocations) else { throw GRPCError.workerCredentialInvalid }
                switch message.kind {
                case .exchange(let exchange):
                    guard underWay.begin(atMost: Self.maxExchanges) else { throw GRPCError.tooManyExchanges }
                    let asked = try checked(exchange)
                    group.addTask {
                        defer { underWay.end() }
                        await reporting(to: failed) { try await serve(exchange, asked, number) }
                    }
                case .heartbeat(let heartbeat):
                    group.addTask { await reporting(to: failed) { try await serve(heartbeat) } }
                case .submit(let submit):
                    guard submitting.begin(atMost: 1) else { throw GRPCError.tooManyExchanges }
                    guard submit.jobs.count <= ChildSubmission.maxJobs,
                        submit.jobs.reduce(0, { $0 + $1.document.count }) <= ChildSubmission.maxBytes
                    else { throw GRPCError.exchangeTooLarge }
                    group.addTask {
                        defer { submitting.end() }
                        await reporting(to: failed) {
                            let submitted = await plane.children.submit(submit, by: worker)
                            try await responses.write(.with { $0.submitted = submitted })
                        }
                    }
                case .goodbye:
                    return try await sayGoodbye(number)
                case .hello, nil:
                    throw GRPCError(code: .invalidArgument, message: "the message is not expected here")
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

    /// What a worker asks for, within what it may.
    private func checked(_ message: ControlExchange) throws(GRPCError) -> WorkerExchange {
        let counts = [
            message.outcomes.count, message.closedBatches.count, message.claims.count, message.pulls.count,
            message.dropped.count, message.notes.count,
        ]
        guard counts.allSatisfy({ $0 <= Self.maxItems }) else { throw .exchangeTooLarge }
        var exchange = WorkerExchange(session: opened.key, tenant: hello.scope.tenant)
        for note in message.notes {
            guard let note = RunNote(note, worker: worker) else { throw .badNote }
            exchange.notes.append(note)
        }
        for outcome in message.outcomes {
            guard let outcome = RunOutcome(outcome, worker: worker) else { throw .badOutcome }
            exchange.outcomes.append(outcome)
        }
        exchange.closings = message.closedBatches
        exchange.claims = message.claims.prefix(Self.maxGrants).compactMap(RunKey.init)
        var room = Self.maxGrants - exchange.claims.count
        for pull in message.pulls {
            guard let backlog = Backlog(pull.backlog), hello.scope.contains(backlog) else { throw .badPull }
            let limit = min(Int(pull.limit), room)
            room -= limit
            exchange.pulls.append((BacklogHint(backlog, since: pull.since), limit))
        }
        return exchange
    }

    private func serve(_ message: ControlExchange, _ asked: WorkerExchange, _ number: UInt64) async throws {
        // Said before the database is asked: it concerns others.
        let dropped = message.dropped.compactMap { hint in
            Backlog(hint.backlog).map { BacklogHint($0, since: hint.since) }
        }.filter { hint in hello.scope.tenant.map { $0 == hint.backlog.tenant } ?? true }
        if !dropped.isEmpty { plane.relay.dropped(dropped, by: worker) }
        let result = try await plane.pipeline.carryOut(asked)
        let taken = result.granted.count
        plane.sessions.setFree(max(0, Int(message.free) + asked.requested - taken), worker, number)
        try await responses.write(.with { $0.exchanged = ControlExchanged(result, asked, message.sequence) })
    }

    private func serve(_ message: ControlHeartbeat) async throws {
        let running = Int(min(message.running, UInt32(Int32.max)))
        let lease = try await plane.renewals.submit(LeaseRenewal(session: opened.key, running: running))
        try await responses.write(
            .with {
                $0.heartbeatAck.sequence = message.sequence
                $0.heartbeatAck.isRenewed = lease.isRenewed
            }
        )
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

extension WorkerExchange {
    /// How many runs it asks for.
    fileprivate var requested: Int { claims.count + pulls.reduce(0) { $0 + $1.limit } }
}

extension ControlExchanged {
    fileprivate init(_ result: ExchangeResult, _ asked: WorkerExchange, _ sequence: UInt64) {
        self.init()
        self.sequence = sequence
        isCut = result.isCut
        lost = result.lost.map(ControlRun.init)
        if let run = result.granted.first { tenantsShare = run.tenantsShare }
        var places: [Backlog: Int] = [:]
        func place(_ backlog: Backlog) -> Int {
            if let place = places[backlog] { return place }
            places[backlog] = backlogs.count
            backlogs.append(ControlBacklog(backlog))
            return backlogs.count - 1
        }
        grants.reserveCapacity(result.granted.count)
        for run in result.granted {
            grants.append(ControlGrant(run, backlog: place(run.backlog)))
        }
        pulls = result.pulls.map { pulled in
            .with {
                $0.isExhausted = pulled.isExhausted
                $0.reached = pulled.reached ?? 0
            }
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
    fileprivate static let tooManyExchanges = GRPCError(
        code: .resourceExhausted,
        message: "a worker waits for the answer to its exchanges before it sends more"
    )
    fileprivate static let exchangeTooLarge = GRPCError(
        code: .invalidArgument,
        message: "the exchange has more items than one may have"
    )
    fileprivate static let badOutcome = GRPCError(
        code: .invalidArgument,
        message: "a job id has 16 bytes, and an outcome says what became of the run"
    )
    fileprivate static let badNote = GRPCError(
        code: .invalidArgument,
        message: "a note names a run, and its progress, lines and checkpoint are such as are kept"
    )
    fileprivate static let badPull = GRPCError(
        code: .invalidArgument,
        message: "a pull names a backlog that is not valid, or not one that the worker said it serves"
    )
}
