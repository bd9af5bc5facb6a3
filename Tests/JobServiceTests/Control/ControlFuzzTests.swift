import Concurrency
import Foundation
import GRPC
import Logging
import Postgres
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// Tenants' workers that send whatever can be sent, in any order, to two job-services at which two honest workers do their work.
///
/// `CONTROL_FUZZ_SESSIONS` sets how many sessions the attackers open, `CONTROL_FUZZ_SEED` repeats a run, whose seed is printed.
@Suite(.timeLimit(.minutes(20))) struct ControlFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let sessions = environment["CONTROL_FUZZ_SESSIONS"].flatMap(Int.init) ?? 800
    private static let seed = environment["CONTROL_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
    private static let attackers = 4
    private static let (jobs, foreignJobs) = (600, 60)
    /// A neighbour that waits longer for an answer loses its lease.
    private static let longestWait = Duration.seconds(8)

    /// How an attacker's stream may end: not with what stands for a fault of the job-service.
    private static let refusals: Set<GRPCStatus.Code> = [
        .invalidArgument, .resourceExhausted, .permissionDenied, .unavailable, .cancelled,
    ]

    @Test func whateverIsSentTheNeighboursGoOnAndNothingIsLeftBehind() async throws {
        print("CONTROL_FUZZ_SEED=\(Self.seed)")
        try await ControlServer.run(services: 2) { server in
            let ids = try await server.fixture.submit(Self.jobs)
            let neighbours = [WorkerIdentity(), WorkerIdentity()]
            let known = Known(jobs: ids, workers: neighbours.map(\.id))
            let own = try await server.key(of: "default").secret
            let isOver = Latch()
            let waits = try await withThrowingTaskGroup(of: Duration?.self) { group in
                for (place, identity) in neighbours.enumerated() {
                    group.addTask {
                        do {
                            return try await server.session(
                                identity,
                                credential: place == 0 ? ControlServer.token : own,
                                with: place,
                                atMost: .seconds(1_200)
                            ) { try await Neighbour.work(&$0, until: isOver) }
                        } catch {
                            isOver.open()
                            throw error
                        }
                    }
                }
                group.addTask {
                    try await Self.sweep(server, until: isOver)
                    return nil
                }
                try await withThrowingTaskGroup(of: [GRPCStatus.Code: Int].self) { attack in
                    for number in 0..<Self.attackers {
                        let tenant = "mallory-\(number)"
                        _ = try await server.fixture.submit(Self.foreignJobs, to: .sample(tenant: tenant))
                        let key = try await server.key(of: tenant).secret
                        attack.addTask {
                            var fuzzer = MessageFuzzer(tenant: tenant, known: known, seed: Self.seed &+ UInt64(number))
                            return try await Self.attack(server, key: key, using: &fuzzer)
                        }
                    }
                    var ends: [GRPCStatus.Code: Int] = [:]
                    for try await codes in attack { ends.merge(codes, uniquingKeysWith: +) }
                    print("how streams ended: \(ends)")
                    #expect(Set(ends.keys).subtracting(Self.refusals).isEmpty, "seed \(Self.seed)")
                    #expect(ends[.invalidArgument] ?? 0 > Self.sessions / 4, "hardly anything was refused")
                }
                // The honest ones come to the end of what they were given.
                while !isOver.isOpen, try await server.fixture.unfinished(of: "default") > 0 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                isOver.open()
                var waits: [Duration] = []
                for try await wait in group { if let wait { waits.append(wait) } }
                return waits
            }
            print("the longest waits of the neighbours: \(waits)")
            #expect(waits.count == 2 && waits.allSatisfy { $0 < Self.longestWait })
            try await Self.expectNothingIsLeft(server, known)
        }
    }

    /// What a scheduler does about workers that are gone.
    private static func sweep(_ server: ControlServer, until isOver: Latch) async throws {
        let stores = server.fixture.stores
        while !isOver.isOpen {
            _ = try await retryingConflicts { try await stores.leases.endExpired(limit: 10) }
            if try await retryingConflicts({ try await stores.backlogs.tend(limit: 1) }).orphans > 0 {
                _ = try await retryingConflicts { try await stores.leases.endOrphans(limit: 1_000) }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func expectNothingIsLeft(_ server: ControlServer, _ known: Known) async throws {
        let (fixture, stores) = (server.fixture, server.fixture.stores)
        // Each of the neighbours' jobs has the result that its worker gave it, and ran once.
        let spoiled = try await fixture.count(
            "select count(*) from jobs where tenant = 'default' and (state <> 'completed' or result::text <> '\"honest\"' or run <> 1)"
        )
        #expect(spoiled == 0, "seed \(seed)")
        try await fixture.pool.execute("update workers set lease_until = now() - interval '1 s'")
        while try await !stores.leases.endExpired(limit: 10).workers.isEmpty {}
        #expect(try await fixture.count("select count(*) from jobs_live where state = 'running'") == 0, "seed \(seed)")
        #expect(try await stores.backlogs.tend(limit: 1).orphans == 0, "seed \(seed)")
        #expect(try await fixture.count("select sum(running)::int8 from job_counters") == 0, "seed \(seed)")
        // Nobody spoke of their runs, or submitted in their name.
        let notes = "select count(*) from (select job_id from job_notes union all select job_id from job_logs) n"
        #expect(try await fixture.count(notes + " join jobs j on j.id = n.job_id where j.tenant = 'default'") == 0)
        #expect(try await fixture.count("select count(*) from jobs where type = 'forged' and tenant = 'default'") == 0)
        let total = try await fixture.count("select count(*) from jobs where type <> 'forged'")
        #expect(total == jobs + attackers * foreignJobs, "no job is lost, seed \(seed)")
        // And it serves.
        try await server.session { worker in
            _ = try await worker.hello()
            #expect(try await worker.heartbeat().isRenewed)
        }
    }

    /// Opens sessions one after the other and sends in each whatever comes to mind.
    private static func attack(
        _ server: ControlServer,
        key: String,
        using fuzzer: inout MessageFuzzer
    ) async throws -> [GRPCStatus.Code: Int] {
        var ends: [GRPCStatus.Code: Int] = [:]
        for round in 0..<(sessions / attackers) {
            let (messages, heard) = (fuzzer.conversation(), Heard())
            do {
                try await server.stream(ControlGoodbye.self, credential: key, with: round % 2) { requests, responses in
                    // What is said of a stream that is over is told by its answers.
                    do { for message in messages { try await requests.write(message) } } catch {}
                    requests.finish()
                    for try await answer in responses { heard.note(answer) }
                }
                ends[.ok, default: 0] += 1
            } catch let error as GRPCError {
                // What is no message at all.
                let code = error.message.contains("is no valid") ? .invalidArgument : error.code
                ends[code, default: 0] += 1
            }
            fuzzer.learn(heard.grants)
        }
        return ends.filter { $0.key != .ok }
    }
}

/// A worker that does as it should.
private enum Neighbour {
    /// Works until it is told to stop.
    ///
    /// - Returns: How long it waited for an answer at most.
    static func work(
        _ worker: inout ControlClient,
        until isOver: Latch
    ) async throws -> Duration {
        _ = try await worker.hello()
        var (longest, renewed, held) = (Duration.zero, ContinuousClock.now, [ControlGrant]())
        while !isOver.isOpen {
            let start = ContinuousClock.now
            let done = held
            let answer = try await worker.exchange {
                $0.outcomes = done.map { $0.succeeded(#""honest""#) }
                $0.closedBatches = Array(Set(done.map(\.batchID)))
                $0.pulls = [.some(1)]
            }
            held = answer.grants
            longest = max(longest, start.duration(to: .now))
            if renewed.duration(to: .now) > .seconds(1) {
                renewed = .now
                #expect(try await worker.heartbeat(running: 1).isRenewed)
                longest = max(longest, renewed.duration(to: .now))
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return longest
    }
}

/// What an attacker knows of others: what everybody sees.
struct Known: Sendable {
    var jobs: [JobID]
    var workers: [WorkerID]
}

/// What an attacker was given.
private final class Heard: Sendable {
    private let state = Mutex<[ControlGrant]>([])

    var grants: [ControlGrant] { state.withLock { $0 } }

    func note(_ answer: ControlServerMessage) {
        if case .exchanged(let exchanged) = answer.kind { state.withLock { $0 += exchanged.grants } }
    }
}

extension ControlFixture {
    /// The only number of the only row.
    fileprivate func count(_ sql: String) async throws -> Int {
        try await Int(pool.query(PostgresStatement(sql, sql))[0].decode(Int64.self))
    }

    fileprivate func unfinished(of tenant: String) async throws -> Int {
        try await count("select count(*) from jobs_live where tenant = '\(tenant)'")
    }
}
