import Foundation
import GRPC
import Logging
import Postgres
import SwiftProtobuf
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// The control plane over gRPC, as a worker of another language would use it.
@Suite(.timeLimit(.minutes(1))) struct ControlSessionTests {
    @Test func aWorkerPullsRunsReportsAndLeaves() async throws {
        try await ControlServer.run { server in
            let ids = try await server.fixture.submit(3)
            try await server.session { worker in
                let welcome = try await worker.hello()
                #expect(!welcome.leaseKept && welcome.leaseMs == 10_000 && welcome.tenant.isEmpty)
                #expect(WorkerID(bytes: welcome.workerID) == worker.identity.id)
                #expect(welcome.hints.map(\.backlog) == [ControlBacklog(.sample())], "it is told what waits")

                var answer = try await worker.exchange { $0.pulls = [.some(5)] }
                #expect(answer.grants.count == 3 && !answer.isCut)
                #expect(answer.backlogs == [ControlBacklog(.sample())])
                #expect(answer.grants.allSatisfy { $0.backlog == 0 && $0.run == 1 && $0.payload == Data("{}".utf8) })
                #expect(answer.pulls.map(\.isExhausted) == [true])
                #expect(answer.pulls[0].reached == answer.grants.map(\.queuedAt).max())
                #expect(answer.hasTenantsShare && !answer.tenantsShare)

                let done = answer.grants[0]
                answer = try await worker.exchange {
                    $0.outcomes = [
                        .with {
                            $0.jobID = done.jobID
                            $0.run = done.run
                            $0.success.result = Data("[1]".utf8)
                        }
                    ]
                }
                #expect(answer.grants.isEmpty)
                #expect(try await worker.heartbeat().isRenewed)
                try await worker.send { $0.goodbye = .init() }
                while try await worker.next() != nil {}
            }
            let counts = try await server.fixture.stores.jobs.counts(of: nil)
            #expect(counts == JobCounts(submitted: 3, queued: 2, completed: 1))
            #expect(try await server.fixture.stores.leases.live(after: nil, limit: 9).isEmpty)
            #expect(ids.count == 3)
        }
    }

    /// The word is given where the worker has no session: it is told at once, with each heartbeat and in its next session.
    @Test func aWorkerIsToldToEndThroughWhicheverJobService() async throws {
        try await ControlServer.run(services: 2) { server in
            let leases = server.fixture.stores.leases
            let actor = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))
            let worker = WorkerIdentity()
            #expect(try await !leases.drain(worker.id, by: actor))
            try await server.session(worker, with: 1) { session in
                _ = try await session.hello()
                #expect(try await leases.live(after: nil, limit: 9).map(\.isDraining) == [false])
                #expect(try await leases.drain(worker.id, by: actor))
                try await session.waitForDrain()
                #expect(try await leases.live(after: nil, limit: 9).map(\.isDraining) == [true])
                try await session.send { $0.heartbeat.sequence = 99 }
                try await session.waitForDrain()
            }
            try await server.session(worker, with: 0) { session in
                _ = try await session.hello()
                try await session.waitForDrain()
                try await session.send { $0.goodbye = .init() }
                try await session.drain()
            }
            #expect(try await !leases.drain(worker.id, by: actor), "it is gone")
            let records = try await server.fixture.stores.audit.records(by: nil, action: nil, after: nil, limit: 9)
                .elements
            #expect(records.map(\.action) == ["workers.drain"] && records.first?.target == worker.id.description)
        }
    }

    /// The answer to a pull is lost with the connection: the next hello does not name what was in it.
    @Test func whatAWorkerNeverHeardOfIsGivenBackByItsNextHello() async throws {
        try await ControlServer.run { server in
            _ = try await server.fixture.submit(4)
            let worker = WorkerIdentity()
            let kept = try await server.session(worker) { worker in
                _ = try await worker.hello()
                let grant = try await worker.exchange { $0.pulls = [.some(1)] }.grants[0]
                _ = try await worker.exchange { $0.pulls = [.some(5)] }
                return ControlRun.with {
                    $0.jobID = grant.jobID
                    $0.run = grant.run
                }
            }
            #expect(try await server.fixture.stores.jobs.counts(of: nil).running == 4)
            try await server.session(worker) { worker in
                let welcome = try await worker.hello { $0.runs = [kept] }
                #expect(welcome.leaseKept)
                #expect(try await server.fixture.stores.jobs.counts(of: nil).running == 1)
                #expect(try await worker.exchange { $0.pulls = [.some(5)] }.grants.map(\.run) == [2, 2, 2])
            }
        }
    }

    @Test func whatHandlersSayIsKeptAndWhatIsNotTheWorkersIsNamed() async throws {
        try await ControlServer.run { server in
            let id = try #require(try await server.fixture.submit(1).first)
            try await server.session { worker in
                _ = try await worker.hello()
                let grant = try await worker.exchange { $0.pulls = [.some(1)] }.grants[0]
                #expect(grant.createdAt > 0 && grant.createdAt <= grant.queuedAt && grant.checkpoint.isEmpty)
                let foreign = ControlRun.with {
                    $0.jobID = JobID.make().bytes
                    $0.run = 1
                }
                let answer = try await worker.exchange {
                    $0.notes = [
                        .with {
                            $0.jobID = grant.jobID
                            $0.run = grant.run
                            $0.progress = 0.5
                            $0.message = "half\0way"
                            $0.lines = [
                                .with {
                                    $0.ageMs = .max
                                    $0.level = "warning"
                                    $0.message = String(repeating: "é", count: 600)
                                }
                            ]
                            $0.checkpoint = Data("[7]".utf8)
                        },
                        .with {
                            $0.jobID = foreign.jobID
                            $0.run = 1
                            $0.progress = 1
                        },
                    ]
                }
                #expect(answer.lost == [foreign])
                // The next attempt is given the checkpoint.
                _ = try await worker.exchange {
                    $0.outcomes = [
                        .with {
                            $0.jobID = grant.jobID
                            $0.run = grant.run
                            $0.release = .init()
                        }
                    ]
                }
                let again = try await worker.exchange { $0.pulls = [.some(1)] }.grants
                #expect(again.map(\.checkpoint) == [Data("[7]".utf8)])
            }
            let job = try #require(try await server.fixture.stores.jobs.job(id, of: nil))
            #expect(job.progress?.fraction == 0.5 && job.progress?.message == "halfway" && job.progress?.run == 1)
            let lines = try await server.fixture.stores.jobs.logLines(of: id, run: nil, limit: 9)
            #expect(lines.map(\.level) == ["warning"] && lines[0].message.utf8.count <= 1_024)
            #expect(lines[0].at > Date(timeIntervalSinceNow: -90_000), "a day ago at most")
        }
    }

    @Test func whoSaysNoHelloIsSentAway() async throws {
        try await ControlServer.run { server in
            let error = await #expect(throws: GRPCError.self) {
                try await server.stream(ControlWorkerMessage.self) { _, responses in
                    for try await _ in responses {}
                }
            }
            #expect(error?.code == .deadlineExceeded && error?.message.contains("Hello") == true)
        }
    }

    /// As `POST /jobs` would: of the parent's tenant, each once under its key.
    @Test func whatAHandlerSubmitsIsItsChild() async throws {
        try await ControlServer.run(maxQueueDepth: 3) { server in
            let parent = try #require(try await server.fixture.submit(1, to: .sample(tenant: "acme")).first)
            try await server.session { worker in
                _ = try await worker.hello()
                let grant = try await worker.exchange { $0.pulls = [.some(1, of: .sample(tenant: "acme"))] }.grants[0]
                func submit(_ jobs: [(String, String)], run: UInt32? = nil) async throws -> ControlSubmitted {
                    try await worker.send { message in
                        message.submit.sequence = 7
                        message.submit.parent.jobID = grant.jobID
                        message.submit.parent.run = run ?? grant.run
                        message.submit.jobs = jobs.map { key, document in
                            .with {
                                $0.key = key
                                $0.document = Data(document.utf8)
                            }
                        }
                    }
                    while let answer = try await worker.next() {
                        if case .submitted(let submitted) = answer.kind { return submitted }
                    }
                    throw CancellationError()
                }
                let email = #"{"type": "email", "queue": "mail"}"#
                let first = try await submit([
                    ("a", email), ("b", #"{"type": "e e"}"#), ("c", "[1]"), ("", email), ("é", email),
                ])
                #expect(first.sequence == 7 && !first.isLost && !first.isBusy)
                let id = try #require(JobID(bytes: first.jobs[0].id))
                let job = try #require(try await server.fixture.stores.jobs.job(id, of: nil))
                #expect(job.parent == parent && job.tenant == "acme" && job.queue == "mail" && job.type == "email")
                #expect(first.jobs[1].refusal.hasPrefix("type ") && first.jobs[1].id.isEmpty)
                #expect(first.jobs[2].refusal.hasPrefix("the job is no JSON object"))
                #expect(first.jobs[3...].allSatisfy { $0.refusal.hasPrefix("the key must have") })

                // Sent again, written otherwise; and another one under its key.
                let again = try await submit([("a", #"{"queue":"mail","type":"email"}"#), ("a", #"{"type": "other"}"#)])
                #expect(again.jobs[0].id == first.jobs[0].id)
                #expect(again.jobs[1].refusal.contains("another job under the key 'a'"))
                #expect(try await submit([("d", email)], run: grant.run + 1).isLost)

                let full = try await submit((0..<5).map { ("full \($0)", email) })
                #expect(full.jobs.count { $0.refusal.isEmpty } == 2, "the queue takes three")
                var filter = JobFilter()
                filter.parent = parent
                #expect(try await server.fixture.stores.jobs.scan(filter, limit: 50).jobs.count == 3)
            }
        }
    }

    /// What the database will never take fails at once; what it may take later is to be sent again.
    @Test func aChildThatCanNeverBeStoredIsRefusedAndOneThatMayBeLaterIsNot() async throws {
        try await ControlServer.run { server in
            _ = try await server.fixture.submit(1, to: .sample(tenant: "acme"))
            try await server.session { worker in
                _ = try await worker.hello()
                let grant = try await worker.exchange { $0.pulls = [.some(1, of: .sample(tenant: "acme"))] }.grants[0]
                func submit(_ keys: [String]) async throws -> ControlSubmitted {
                    try await worker.send { message in
                        message.submit.parent.jobID = grant.jobID
                        message.submit.parent.run = grant.run
                        message.submit.jobs = keys.map { key in
                            .with {
                                $0.key = key
                                $0.document = Data(#"{"type":"\#(key)"}"#.utf8)
                            }
                        }
                    }
                    while let answer = try await worker.next() {
                        if case .submitted(let submitted) = answer.kind { return submitted }
                    }
                    throw CancellationError()
                }
                func raise(_ code: String) async throws {
                    try await server.fixture.pool.execute(
                        """
                        create or replace function refuse() returns trigger language plpgsql as $$
                        begin
                            if new.type = 'cursed' then raise exception 'no such job' using errcode = '\(code)'; end if;
                            return new;
                        end $$;
                        create or replace trigger refuse before insert on jobs_live for each row execute function refuse();
                        """
                    )
                }
                try await raise("23514")
                let refused = try await submit(["good", "cursed"])
                #expect(!refused.isBusy && refused.jobs[0].refusal.isEmpty && !refused.jobs[0].id.isEmpty)
                #expect(refused.jobs[1].refusal == "the job cannot be stored: no such job")
                try await raise("53200")
                #expect(try await submit(["cursed"]).isBusy)
            }
        }
    }

    @Test func aWorkerIsToldOfWhatAnotherOneDropped() async throws {
        try await ControlServer.run { server in
            let hint = ControlHint(BacklogHint(.sample("new"), since: 42))
            let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
            async let told: Void = server.session { free in
                _ = try await free.hello()
                _ = try await free.exchange { $0.free = 3 }
                isReady.finish()
                while let message = try await free.next() {
                    guard case .hints(let hints) = message.kind else { continue }
                    #expect(hints.hints == [hint])
                    return
                }
                Issue.record("it was not told")
            }
            for await _ in ready {}
            try await server.session { full in
                _ = try await full.hello()
                _ = try await full.exchange { $0.dropped = [hint] }
            }
            try await told
        }
    }
}
