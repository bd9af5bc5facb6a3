import Foundation
import GRPC
import Logging
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
