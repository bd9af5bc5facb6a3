import Foundation
import QueueFlowClient
import QueueFlowEncryption
import QueueFlowTesting
import Testing

/// A client and a worker with a ring each, and what QueueFlow sees between them.
@Suite(.timeLimit(.minutes(1))) struct EncryptedJobsTests {
    struct Greet: Job {
        typealias Output = String

        static let type = "greet"
        static let defaults = JobOptions(backoff: .fixed(.seconds(10)))
        var name: String
    }

    struct Other: Job {
        static let type = "other"
        var name: String
    }

    private static func key(_ number: UInt8) throws -> EncryptionKey {
        try EncryptionKey(id: "k\(number)", bytes: Array(repeating: number, count: 32))
    }

    private func queueflow(_ keys: UInt8...) throws -> InMemoryQueueFlow {
        let ring = try EncryptionKeyRing(keys.map(Self.key))
        return InMemoryQueueFlow(configuration: QueueFlowClientConfiguration(codec: ring))
    }

    private func start(_ queueflow: InMemoryQueueFlow, _ keys: UInt8..., acceptsPlain: Bool = false) async throws {
        let ring = try EncryptionKeyRing(keys.map(Self.key), acceptsPlain: acceptsPlain)
        try await queueflow.start { worker in
            worker.use(CodePayloads(ring))
            worker.handle(Greet.self) { greet, _ in "Hello, \(greet.name)" }
            worker.handle(Other.self) { _, _ in }
        }
    }

    @Test func onlyBothEndsSeeWhatIsInAJob() async throws {
        let queueflow = try queueflow(1)
        try await start(queueflow, 1)
        let greeting = try await queueflow.client.submit(Greet(name: "Ada"))
        #expect(try await greeting.output() == "Hello, Ada")
        let job = try await greeting.job()
        for stored in [job.payload, try #require(job.result)] {
            #expect(!String(decoding: stored, as: UTF8.self).contains("Ada"))
            #expect(
                String(decoding: stored, as: UTF8.self).hasPrefix(#"{"queueflow.encrypted":{"alg":"A256GCM","data":""#)
            )
        }
        #expect(try job.payload(as: Greet.self).name == "Ada" && job.result(as: String.self) == "Hello, Ada")
        #expect(try await queueflow.jobs().map { try $0.payload(as: Greet.self).name } == ["Ada"])
        for handle in try await queueflow.client.submit(contentsOf: ["Grace", "Edsger"].map(Greet.init)) {
            #expect(try await !String(decoding: handle.job().payload, as: UTF8.self).contains("name"))
            #expect(try await handle.output().hasPrefix("Hello, "))
        }
        // No result is none.
        #expect(try await queueflow.client.submit(Other(name: "")).ended().result == nil)
    }

    @Test func aRepeatIsKnownUnderItsIdempotencyKey() async throws {
        let queueflow = try queueflow(1)
        let first = try await queueflow.client.submit(Greet(name: "Ada"), idempotencyKey: "k")
        let again = try await queueflow.client.submit(Greet(name: "Ada"), idempotencyKey: "k")
        #expect(again.id == first.id && again.isRepeat)
        let error = try await #require(throws: QueueFlowError.self) {
            try await queueflow.client.submit(Greet(name: "Grace"), idempotencyKey: "k")
        }
        #expect(error.problem == "idempotency-key-reused")
    }

    /// The worker of tomorrow has the key.
    @Test func anUnknownKeyIsWaitedFor() async throws {
        let queueflow = try queueflow(2, 1)
        try await start(queueflow, 1)
        let greeting = try await queueflow.client.submit(Greet(name: "Ada"))
        let error = "the payload is encrypted with the key 'k2', which is not on the ring"
        #expect(await queueflow.drain().map(\.outcome) == [.retried(error: error, after: .seconds(60))])
        await queueflow.stop()
        try await start(queueflow, 1, 2)
        #expect(try await greeting.output() == "Hello, Ada")
        #expect(try await greeting.job().attempt == 2)
    }

    @Test func aPayloadOfAnotherTypeIsDiscarded() async throws {
        let queueflow = try queueflow(1)
        try await start(queueflow, 1)
        let greeting = try await queueflow.client.submit(Greet(name: "Ada"))
        let stored = try await greeting.job().payload
        // Who has no key moves what others have encrypted.
        let thief = InMemoryQueueFlow()
        try await start(thief, 1)
        try await thief.client.submit(type: "other", json: stored)
        guard case .discarded(let reason)? = await thief.drain().first?.outcome else {
            Issue.record("it was not discarded")
            return
        }
        #expect(reason.contains("it was changed, or it is another type's"))
        // As its own type it is good.
        #expect(try await thief.client.submit(type: "greet", json: stored).ended().state == .completed)
    }

    @Test func plainJobsAreRunWhereTheyAreAccepted() async throws {
        let queueflow = InMemoryQueueFlow()
        try await start(queueflow, 1)
        try await queueflow.client.submit(Greet(name: "Ada"))
        #expect(
            await queueflow.drain().map(\.outcome)
                == [.discarded(reason: "the payload of a job of type 'greet' is not encrypted")]
        )
        await queueflow.stop()
        try await start(queueflow, 1, acceptsPlain: true)
        let greeting = try await queueflow.client.submit(Greet(name: "Ada"))
        #expect(try await greeting.ended().state == .completed)
        // A client without the key gets a result that is no text.
        let error = try await #require(throws: JobOutcomeError.self) { try await greeting.output() }
        #expect(error.kind == .unreadableOutput)
    }
}
