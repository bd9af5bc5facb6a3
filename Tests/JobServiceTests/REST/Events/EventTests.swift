import Foundation
import HTTPTypes
import JobCore
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct EventTests {
    private let later = ContinuousClock.now + .seconds(3_600)
    private let revocations = RevocationList()
    private static let mostOfTenant = 256

    private func caller(
        _ subject: String = "somebody",
        tenant: String = "acme",
        _ credential: Credential = .key(UUID())
    ) -> Caller {
        let principal = Principal(subject: subject, tenant: TenantName(validated: tenant), role: .user)
        return Caller(principal: principal, credential: credential, expiresAt: nil)
    }

    private func add(
        to listeners: EventListeners,
        _ caller: Caller? = nil,
        until: ContinuousClock.Instant? = nil
    ) throws(FairPlaces.Refusal) -> EventSubscription {
        try listeners.add(
            caller ?? self.caller(),
            revocations: revocations,
            until: until ?? later,
            mostOfTenant: Self.mostOfTenant
        )
    }

    @Test func noStreamOutlivesItsTime() async throws {
        let listeners = EventListeners()
        let (soon, late) = (ContinuousClock.now + .seconds(1), ContinuousClock.now + .seconds(2))
        let first = try add(to: listeners, until: soon)
        let second = try add(to: listeners, until: late)
        listeners.endOverdue(at: soon)
        for await _ in first.frames { Issue.record("nothing was sent") }
        #expect(!first.hasLagged)
        listeners.send(EventFrame.heartbeat)
        listeners.endOverdue(at: late)
        for await _ in second.frames { Issue.record("what waits is not heard any more") }
    }

    @Test func noStreamOutlivesItsCredential() async throws {
        let listeners = EventListeners()
        let (key, session, user) = (UUID(), UUID(), UUID())
        let streams = [
            try add(to: listeners, caller("somebody", .key(key))),
            try add(to: listeners, caller("somebody", .session(session, user: UUID(), epoch: 0))),
            try add(to: listeners, caller("somebody", .session(UUID(), user: user, epoch: 3))),
        ]
        let other = try add(to: listeners, caller("somebody", .session(UUID(), user: user, epoch: 4)))
        listeners.send(EventFrame.heartbeat)
        revocations.add([.key(key), .session(session), .user(user, epoch: 4)])
        listeners.endOverdue(at: .now)
        for stream in streams {
            for await _ in stream.frames { Issue.record("what waits is not heard any more") }
        }
        var frames = other.frames.makeAsyncIterator()
        #expect(await frames.next() == EventFrame.heartbeat)
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
            }(),
            of: .default
        )
        let subscription = try platform.events.subscribe(caller(), revocations: revocations)
        withExtendedLifetime(subscription) {}
    }

    @Test func whoFallsBehindIsDroppedAndToldSo() async throws {
        let listeners = EventListeners()
        var slow: EventSubscription? = try add(to: listeners)
        for _ in 0...EventLine.maxFrames { listeners.send(EventFrame.heartbeat) }
        #expect(slow?.hasLagged == true)
        var frames = 0
        if let slow { for await _ in slow.frames { frames += 1 } }
        #expect(frames == EventLine.maxFrames)
        // It is counted for as long as what waits for it takes memory.
        #expect(listeners.isHeard)
        slow = nil
        #expect(!listeners.isHeard)
    }

    @Test func whatHandlersLogIsToldToTheirTenant() async throws {
        let listeners = EventListeners()
        let mine = try add(to: listeners, caller(tenant: "default"))
        let other = try add(to: listeners, caller(tenant: "other"))
        let admin = Principal(subject: "root", tenant: TenantName(validated: "other"), role: .admin)
        let all = try add(to: listeners, Caller(principal: admin, credential: .key(UUID()), expiresAt: nil))
        let run = RunKey(job: .make(), run: 2)
        listeners.tell(
            [RunNote.Line(number: 0, age: .zero, level: "info", message: "a\nb")],
            of: run,
            tenant: .default
        )
        for tenant in ["default", "other"] { listeners.drop(TenantName(validated: tenant)) }
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

    @Test func fewLargeEventsFillALine() async throws {
        let listeners = EventListeners()
        let slow = try add(to: listeners)
        let large = [UInt8](repeating: 0, count: EventLine.maxBytes / 4 * 3)
        listeners.send(large)
        #expect(!slow.hasLagged)
        listeners.send(large)
        #expect(slow.hasLagged)
        // Who takes each as it comes never lags, however large they are.
        let quick = try add(to: listeners)
        var frames = quick.frames.makeAsyncIterator()
        for _ in 0..<20 {
            listeners.send([UInt8](repeating: 0, count: EventLine.maxBytes * 2))
            #expect(await frames.next()?.count == EventLine.maxBytes * 2)
        }
        #expect(!quick.hasLagged)
    }

    @Test func noMoreListenThanMayAndANewcomerAlwaysFindsAPlace() async throws {
        let listeners = EventListeners()
        var all: [EventSubscription] = []
        func fill(_ tenant: String) throws {
            for index in 0..<Self.mostOfTenant {
                all.append(
                    try add(to: listeners, caller("user \(index / EventListeners.maxPerPrincipal)", tenant: tenant))
                )
            }
        }
        try fill("a")
        #expect(throws: FairPlaces.Refusal.principal) { try add(to: listeners, caller("user 0", tenant: "a")) }
        try fill("b")
        #expect(all.count == EventListeners.maxListeners && all.count == 2 * Self.mostOfTenant)
        let newcomer = try add(to: listeners, caller("c", tenant: "c"))
        // The one that has listened for the longest time goes, and hears nothing more.
        for await _ in all[0].frames { Issue.record("nothing was sent") }
        #expect(!all[0].hasLagged)
        listeners.send(EventFrame.heartbeat)
        var frames = newcomer.frames.makeAsyncIterator()
        #expect(await frames.next() == EventFrame.heartbeat)
        // Those who do not go in time are counted all the same.
        var more = [newcomer]
        while more.count <= EventListeners.maxLeaving {
            guard let one = try? add(to: listeners, caller("d", tenant: "t\(more.count)")) else { break }
            more.append(one)
        }
        #expect(more.count == EventListeners.maxLeaving)
        #expect(throws: FairPlaces.Refusal.process) { try add(to: listeners, caller("e", tenant: "e")) }
        all.removeAll()
        more.append(try add(to: listeners, caller("e", tenant: "e")))
        withExtendedLifetime((more, all)) {}
    }

    /// What a tenant changes more than can be read is lost to its listeners alone.
    @Test func aTenantThatChangesMuchDelaysNobody() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        let (busy, calm) = (TenantName(validated: "busy"), TenantName(validated: "calm"))
        let job = NewJob(tenant: calm, type: JobType(validated: "t"), payload: Array("{}".utf8))
        _ = try await platform.stores.submissions.insert([job])
        let mine = try platform.events.subscribe(caller(tenant: "calm"), revocations: revocations)
        let theirs = try platform.events.subscribe(caller(tenant: "busy"), revocations: revocations)
        let flood = (0..<60_000).map { _ in JobID.make() }
        // Reading is held up until all of it waits.
        try await platform.pool.withConnection { holder in
            try await holder.execute("begin; lock table jobs_live, jobs_finished, jobs_dead in access exclusive mode")
            platform.events.changed(flood, of: busy)
            platform.events.changed([job.id], of: calm)
            platform.events.changed(flood, of: TenantName(validated: "unheard"))
            try await holder.execute("commit")
        }
        #expect(theirs.hasLagged)
        var frames = mine.frames.makeAsyncIterator()
        var told = ""
        while !told.contains("event: job"), let frame = await frames.next() {
            told = String(decoding: frame, as: UTF8.self)
        }
        #expect(told.contains(job.id.description) && !mine.hasLagged)
        await platform.close()
    }

    @Test func whoHasAllStreamsIsToldWhoseTheyAre() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let session = try await api.session(tenant: "acme")
            var all: [EventSubscription] = []
            func fill(_ who: (Int) -> Caller) {
                var index = 0
                while let one = try? platform.events.subscribe(who(index), revocations: revocations) {
                    all.append(one)
                    index += 1
                }
            }
            for (kind, who) in [
                ("This account or key has", { _ in caller("somebody") }), ("Your tenant has", { caller("user \($0)") }),
            ] as [(String, (Int) -> Caller)] {
                fill(who)
                let answer = try await session.get("/events")
                try answer.expectProblem("too-many-listeners", .tooManyRequests)
                #expect(try answer.string("detail")?.contains(kind) == true, "\(answer.text)")
                #expect(answer.headers[.retryAfter] != nil)
                if kind == "This account or key has" { all.removeFirst() }
            }
            // One who is new gets a place all the same, as long as others have several.
            fill { caller("user", tenant: "tenant-\($0)") }
            #expect(all.count >= EventListeners.maxListeners)
            try await api.session(tenant: "other").get("/events")
                .expectProblem("too-many-listeners", .serviceUnavailable)
        }
        await platform.close()
    }

    /// A tenant with more queues than are told of hides nobody else's: not from their own tenant, nor from who sees all.
    @Test func queuesOfOneTenantHideNoOthers() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        let queues = platform.stores.queues
        try await platform.pool.execute(
            """
            insert into queue_totals (tenant, queue, submitted) select 'a', 'q' || i, 1 from generate_series(1, 1200) i;
            insert into job_counters (tenant, queue, priority, type, slot, queued)
                select 'b', 'mine-' || i, 'normal', 't', 1, i from generate_series(1, 3) i;
            insert into queues (tenant, name, paused) values ('z', 'last', true);
            """
        )
        let (a, b, z) = (TenantName(validated: "a"), TenantName(validated: "b"), TenantName(validated: "z"))
        let own = try await queues.figures(of: [a, b, z], limit: 500)
        #expect(own[a]?.count == 500)
        #expect(own[b]?.map(\.queue.queue.rawValue) == ["mine-1", "mine-2", "mine-3"])
        #expect(own[b]?.map(\.counts.queued) == [1, 2, 3])
        #expect(own[z]?.first?.isPaused == true)
        let all = try await queues.figuresOfAll(limit: 500)
        #expect(all.count <= 500 && Set(all.map(\.queue.tenant)) == [a, b, z])
        #expect(all.filter { $0.queue.tenant == b }.count == 3)
        #expect(try await queues.figuresOfAll(limit: 2).map(\.queue.tenant) == [a, b])
        try await platform.serve { api in
            for (role, tenant) in [(Role.user, "z"), (.admin, "default")] {
                let token = try await api.token(role, tenant: tenant)
                try await api.exchange { connection in
                    try await connection.listen(token)
                    try await connection.read(until: #""name":"last""#)
                }
            }
        }
        await platform.close()
    }

    @Test func manyTenantsTakeTurnsOnEqualPages() {
        func names(_ count: Int) -> Set<TenantName?> { Set((0..<count).map { TenantName(validated: "t\($0)") }) }
        var shares = QueueShares()
        let few = shares.turn(of: names(3).union([nil]))
        #expect(few.tenants.count == 3 && few.limit == QueueShares.page && few.tellsAll)
        var seen: [TenantName: Int] = [:]
        for _ in 0..<9 {
            let turn = shares.turn(of: names(150))
            #expect(turn.tenants.count * turn.limit <= QueueShares.look && !turn.tellsAll)
            for tenant in turn.tenants { seen[tenant, default: 0] += 1 }
        }
        #expect(seen.count == 150 && seen.values.allSatisfy { $0 == 3 })
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
    mutating func listen(_ token: String) async throws {
        try await send("GET /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
        let head = try await read(until: ": heartbeat\n\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.lowercased().contains("content-type: text/event-stream"))
    }
}
