import HTTPTypes
import JobCore
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct EventTests {
    private let later = ContinuousClock.now + .seconds(3_600)

    @Test func noStreamOutlivesItsTime() async throws {
        let listeners = EventListeners()
        let (soon, late) = (ContinuousClock.now + .seconds(1), ContinuousClock.now + .seconds(2))
        let first = try #require(listeners.add(tenant: nil, until: soon))
        let second = try #require(listeners.add(tenant: nil, until: late))
        listeners.endOverdue(at: soon)
        for await _ in first.frames { Issue.record("nothing was sent") }
        #expect(!first.lag.isNoted)
        #expect(listeners.isHeard)
        listeners.endOverdue(at: late)
        for await _ in second.frames { Issue.record("nothing was sent") }
        #expect(!listeners.isHeard)
    }

    @Test func aListenerHearsOfItsOwnTenantsJobsAndQueues() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "listening")
            try await api.exchange { connection in
                try await connection.listen(token)
                let stranger = try await api.session(tenant: "not-listening")
                #expect(try await stranger.post("/jobs", #"{"type":"strange"}"#).status == .created)
                let session = try await api.session(tenant: "listening")
                let id = try await session.post("/jobs", #"{"type":"t","delay":60}"#).string("id") ?? "none"
                #expect(try await session.post("/jobs/\(id)/cancel", "").status == .ok)
                // What is told is how the job stands, so the first state may have been passed through already.
                let ended = #"event: job\#ndata: {"id":"\#(id)","state":"cancelled","type":"t","queue":"default""#
                var told = ""
                while !told.contains(ended) || !told.contains(#""cancelled":1"#) {
                    told += try await connection.read(until: "\n\n")
                }
                #expect(told.contains("event: queues\ndata: {"))
                #expect(told.contains(#""tenant":"listening""#))
                #expect(!told.contains("not-listening"))
                #expect(!told.contains("strange"))
            }
        }
    }

    @Test func nothingIsReadWhileNobodyListens() async throws {
        let platform = try await TestPlatform.shared()
        // The closure is never called: what changed is not even gathered.
        platform.events.changed(
            {
                Issue.record("jobs were gathered for nobody"); return []
            }()
        )
        let subscription = try #require(platform.events.subscribe(tenant: nil))
        withExtendedLifetime(subscription) {}
    }

    @Test func whoFallsBehindIsDroppedAndToldSo() async throws {
        let listeners = EventListeners()
        let slow = try #require(listeners.add(tenant: nil, until: later))
        for _ in 0...EventListeners.maxWaiting { listeners.send(EventFrame.heartbeat) }
        #expect(slow.lag.isNoted)
        var frames = 0
        for await _ in slow.frames { frames += 1 }
        #expect(frames == EventListeners.maxWaiting)
        #expect(!listeners.isHeard)
    }

    @Test func whatHandlersLogIsToldToTheirTenant() async throws {
        let listeners = EventListeners()
        let mine = try #require(listeners.add(tenant: .default, until: later))
        let other = try #require(listeners.add(tenant: TenantName(validated: "other"), until: later))
        let all = try #require(listeners.add(tenant: nil, until: later))
        let run = RunKey(job: .make(), run: 2)
        listeners.tell(
            [RunNote.Line(number: 0, age: .zero, level: "info", message: "a\nb")],
            of: run,
            tenant: "default"
        )
        listeners.dropAll()
        let frame =
            #"event: log\#ndata: {"id":"\#(run.job)","run":2,"tenant":"default","#
            + #""lines":[{"number":0,"level":"info","message":"a\nb"}]}\#n\#n"#
        for subscription in [mine, all] {
            var frames: [String] = []
            for await told in subscription.frames { frames.append(String(decoding: told, as: UTF8.self)) }
            #expect(frames == [frame])
        }
        for await _ in other.frames { Issue.record("it is another tenant's") }
    }

    @Test func noMoreListenThanMay() throws {
        let listeners = EventListeners()
        var all = (0..<EventListeners.maxListeners).map { _ in listeners.add(tenant: nil, until: later) }
        #expect(all.allSatisfy { $0 != nil })
        #expect(listeners.add(tenant: nil, until: later) == nil)
        all.removeLast()
        #expect(listeners.add(tenant: nil, until: later) != nil)
    }

    @Test func listenersDoNotHoldUpTheEndOfTheService() async throws {
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let listener = try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "ending")
            let listener = Task {
                defer { isListening.finish() }
                try await api.exchange { connection in
                    try await connection.listen(token)
                    isListening.finish()
                    _ = try await connection.readToEnd()
                }
            }
            for await _ in listening {}
            return listener
        }
        try await listener.value
    }

    @Test func anAnswerToHEADHasNoEvents() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "head").send(.head, "/events")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/event-stream")
        }
    }
}

extension WireConnection {
    fileprivate mutating func listen(_ token: String) async throws {
        try await send("GET /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
        let head = try await read(until: ": heartbeat\n\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.lowercased().contains("content-type: text/event-stream"))
    }
}
