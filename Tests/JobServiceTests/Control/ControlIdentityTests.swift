import Foundation
import GRPC
import Logging
import SwiftProtobuf
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// Who a worker is, whose jobs it has, and for how long: against who has a good credential and means ill.
@Suite(.timeLimit(.minutes(1))) struct ControlIdentityTests {
    // MARK: Identity

    /// An id is shown to everybody who sees a job. Knowing it is of no use, whatever is sent in its place.
    @Test func anIDIsNoSecret() async throws {
        try await ControlServer.run { server in
            let ids = try await server.fixture.submit(1)
            let thief = try await server.key(of: "default").secret
            try await server.session { worker in
                _ = try await worker.hello()
                let grant = try await worker.exchange { $0.pulls = [.some(1)] }.grants[0]
                let owner = worker.identity.id
                // The id's bytes, alone and filled up, in place of the secret.
                for guess in [Data(), owner.bytes + owner.bytes, owner.bytes + Data(repeating: 0, count: 16)] {
                    try await server.session(WorkerIdentity(secret: guess), credential: thief) { other in
                        let welcome = try await other.hello { $0.runs = [grant.key] }
                        #expect(WorkerID(bytes: welcome.workerID) != owner && !welcome.leaseKept)
                        // It reports for the owner's run, and closes its batch.
                        _ = try await other.exchange {
                            $0.outcomes = [grant.succeeded(#""forged""#)]
                            $0.closedBatches = [grant.batchID]
                        }
                        try await other.send { $0.goodbye = .init() }
                        try await other.drain()
                    }
                }
                // The owner was not put out, has its lease and its run, and reports it.
                #expect(try await worker.heartbeat(running: 1).isRenewed)
                _ = try await worker.exchange { $0.outcomes = [grant.succeeded(#""true""#)] }
            }
            let job = try await server.fixture.job(ids[0])
            #expect(job.state == .completed && job.result == Array(#""true""#.utf8))
        }
    }

    /// The answer to hello is lost, with the job-service that gave it: the next hello is the same worker's.
    @Test func aWelcomeThatWasLostLocksNobodyOut() async throws {
        try await ControlServer.run(services: 2) { server in
            let worker = WorkerIdentity()
            _ = try await server.fixture.submit(1)
            try await server.session(worker) { client in
                try await client.send {
                    $0.hello.secret = worker.secret
                    $0.hello.slots = 1
                }
                while try await server.fixture.stores.leases.live(after: nil, limit: 1).isEmpty { await Task.yield() }
            }
            for service in [1, 0, 1] {
                try await server.session(worker, with: service) { client in
                    let welcome = try await client.hello()
                    #expect(WorkerID(bytes: welcome.workerID) == worker.id)
                    #expect(try await client.exchange { $0.pulls = [.some(1)] }.grants.count == 1)
                }
            }
        }
    }

    /// As workers do that know nothing of secrets.
    @Test func whoHasNoSecretIsAnotherWorkerEachTime() async throws {
        try await ControlServer.run { server in
            func open() async throws -> Data {
                try await server.session(WorkerIdentity(secret: Data())) { try await $0.hello().workerID }
            }
            let (first, second) = (try await open(), try await open())
            #expect(first != second)
        }
    }

    // MARK: Tenant

    @Test func aTenantsWorkerHasThatTenantsJobsAlone() async throws {
        try await ControlServer.run { server in
            let (ours, theirs) = (Backlog.sample(tenant: "ours"), Backlog.sample(tenant: "theirs"))
            let own = try await server.fixture.submit(1, to: ours)
            let foreign = try await server.fixture.submit(2, to: theirs)
            let key = try await server.key(of: "ours").secret
            try await server.session(credential: key) { worker in
                let welcome = try await worker.hello()
                #expect(welcome.tenant == "ours" && welcome.hints.map(\.backlog) == [ControlBacklog(ours)])
                let asked = (own + foreign).map { id in
                    ControlRun.with {
                        $0.jobID = id.bytes
                        $0.run = 1
                    }
                }
                #expect(try await worker.exchange { $0.claims = asked }.grants.map(\.jobID) == [own[0].bytes])
                _ = try await worker.exchange { $0.dropped = [ControlHint(BacklogHint(theirs, since: 1))] }
            }
            let refusal = try await server.refusal(credential: key) { worker in
                _ = try await worker.hello()
                _ = try await worker.exchange { $0.pulls = [.some(5, of: theirs)] }
            }
            #expect(
                refusal?.code == .invalidArgument && refusal?.message.hasPrefix("exchange.pulls[0].backlog ") == true
            )
            for id in foreign { #expect(try await server.fixture.job(id).state == .queued) }
        }
    }

    /// The same process with another credential would hold what it was granted with the first one.
    @Test func aWorkerStaysItsTenants() async throws {
        try await ControlServer.run { server in
            let worker = WorkerIdentity()
            let keys = (try await server.key(of: "ours").secret, try await server.key(of: "theirs").secret)
            try await server.session(worker, credential: keys.0) { client in
                _ = try await client.hello()
                let refusal = try await server.refusal(of: worker, credential: keys.1) { _ = try await $0.hello() }
                #expect(refusal?.code == .permissionDenied)
                #expect(try await client.heartbeat().isRenewed)
            }
        }
    }

    // MARK: Credentials

    /// Nothing is sent meanwhile: the job-services hear of it, and not only the one at which it was done.
    @Test func aRevokedKeyEndsItsSessionsAtOnceEverywhere() async throws {
        try await ControlServer.run(services: 2) { server in
            _ = try await server.fixture.submit(9, to: .sample(tenant: "ours"))
            let (key, other) = (try await server.key(of: "ours"), try await server.key(of: "ours"))
            let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
            let ends = try await withThrowingTaskGroup(of: (code: GRPCStatus.Code?, at: ContinuousClock.Instant).self) {
                group in
                for service in 0..<2 {
                    group.addTask {
                        let refusal = try await server.refusal(credential: key.secret, with: service) { worker in
                            _ = try await worker.hello()
                            let grants = try await worker.exchange {
                                $0.pulls = [.some(1, of: .sample(tenant: "ours"))]
                            }
                            #expect(grants.grants.count == 1)
                            isReady.yield()
                            try await worker.drain()
                        }
                        return (refusal?.code, .now)
                    }
                }
                var waiting = ready.makeAsyncIterator()
                for _ in 0..<2 { await waiting.next() }
                let start = ContinuousClock.now
                try await server.revoke(key.id)
                var ends: [GRPCStatus.Code?] = []
                for try await end in group {
                    ends.append(end.code)
                    #expect(start.duration(to: end.at) < .seconds(2))
                }
                return ends
            }
            #expect(ends == [.unauthenticated, .unauthenticated])
            // It is not let in again, though it was remembered; another key is.
            for service in 0..<2 {
                let again = try await server.refusal(credential: key.secret, with: service) { _ = try await $0.hello() }
                #expect(again?.code == .unauthenticated)
                try await server.session(credential: other.secret, with: service) { _ = try await $0.hello() }
            }
            #expect(try await server.fixture.stores.jobs.counts(of: nil).running == 2)
        }
    }

    /// A worker that goes on asking gets nothing from the moment its job-service knows.
    @Test func aRevokedKeyClaimsNothing() async throws {
        try await ControlServer.run { server in
            _ = try await server.fixture.submit(200, to: .sample(tenant: "ours"))
            let key = try await server.key(of: "ours")
            let refusal = try await server.refusal(credential: key.secret) { worker in
                _ = try await worker.hello()
                for round in 0... {
                    if round == 5 { try await server.revoke(key.id) }
                    _ = try await worker.exchange { $0.pulls = [.some(1, of: .sample(tenant: "ours"))] }
                }
            }
            #expect(refusal?.code == .unauthenticated)
            let queued = try await server.fixture.stores.jobs.counts(of: nil).queued
            #expect(queued > 0)
        }
    }

    @Test func aKeyThatExpiresEndsItsSession() async throws {
        try await ControlServer.run { server in
            let key = try await server.key(of: "ours", expiresAt: Date(timeIntervalSinceNow: 1.5))
            let start = ContinuousClock.now
            let refusal = try await server.refusal(credential: key.secret) { worker in
                _ = try await worker.hello()
                try await worker.drain()
            }
            #expect(refusal?.code == .unauthenticated)
            let lasted = start.duration(to: .now)
            #expect(lasted > .seconds(1) && lasted < .seconds(4), "\(lasted)")
        }
    }

    // MARK: The wire

    @Test(arguments: 0..<8) func whatAWorkerMustNotSayEndsItsSession(_ variant: Int) async throws {
        try await ControlServer.run { server in
            let refusal = try await server.refusal { worker in
                switch variant {
                case 0: try await worker.send { $0.heartbeat = .init() }
                case 1: try await worker.send { _ in }
                case 2: _ = try await worker.hello { $0.types = ["not a type"] }
                default:
                    _ = try await worker.hello()
                    try await worker.send { message in
                        switch variant {
                        case 3: message.hello = .init()
                        case 4: message.exchange.outcomes = [.init()]
                        case 5: message.exchange.pulls = [.some(1, of: .sample(type: "unknown"))]
                        case 6: message.exchange.claims = Array(repeating: .init(), count: 20_001)
                        default: message.heartbeat.running = .max
                        }
                    }
                }
                try await worker.drain()
            }
            #expect(refusal?.code == .invalidArgument)
        }
    }

    /// However many come at once, few are served at a time, and no neighbour waits for the rest.
    @Test(arguments: [false, true]) func whoDoesNotWaitForAnswersIsNotServed(sendsHeartbeats: Bool) async throws {
        try await ControlServer.run { server in
            let refusal = try await server.refusal { worker in
                _ = try await worker.hello()
                let many = (0..<2_000).map { _ in
                    ControlWorkerMessage.with {
                        if sendsHeartbeats { $0.heartbeat = .init() } else { $0.exchange.pulls = [.some(1)] }
                    }
                }
                try await worker.requests.write(contentsOf: many)
                try await worker.drain()
            }
            #expect(refusal?.code == .resourceExhausted)
        }
    }
}
