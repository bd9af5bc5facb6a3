import Concurrency
import Foundation
import HTTPTypes
import JobCore
import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// Events at one job-service of what was done through another one: two of them on one database.
@Suite(.timeLimit(.minutes(1)))
struct CarriedEventTests {
    /// A job-service's part in it.
    private struct Instance {
        let events: JobEvents
        let carrier: EventCarrier
        private let run: Task<Void, any Error>

        init(_ platform: TestPlatform, url: String) throws {
            let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
            func listener(_ channel: String) throws -> PostgresListener {
                PostgresListener(configuration: try PostgresConfiguration(url: url), channels: [channel], logger: quiet)
            }
            carrier = EventCarrier(
                store: platform.stores.changes,
                listeners: try listener(ChangeStore.listeners),
                changes: try listener(ChangeStore.changes),
                logger: quiet
            )
            events = JobEvents(stores: platform.stores, waits: platform.waits, carrier: carrier, logger: quiet)
            run = Task { [events] in try await events.run() }
        }

        /// Listens, once the others know.
        func listen(_ tenant: String, _ filter: EventFilter = EventFilter()) async throws -> EventSubscription {
            let principal = Principal(subject: "somebody", tenant: TenantName(validated: tenant), role: .user)
            let caller = Caller(principal: principal, credential: .key(UUID()), expiresAt: nil)
            let subscription = try events.subscribe(caller, revocations: RevocationList(), filter: filter)
            await events.settle(caller, filter)
            return subscription
        }

        func end() async {
            run.cancel()
            _ = await run.result
        }
    }

    private func run(_ body: (TestPlatform, Instance, Instance) async throws -> Void) async throws {
        let url = try await TestServers.shared.database()
        let platform = try await TestPlatform(url: url)
        let (first, second) = (try Instance(platform, url: url), try Instance(platform, url: url))
        try await body(platform, first, second)
        await first.end()
        await second.end()
        await platform.close()
    }

    private func submit(_ platform: TestPlatform, of tenant: String, queue: String = "default") async throws -> JobID {
        var job = NewJob(type: JobType(validated: "noop"), payload: Array("{}".utf8))
        job.tenant = TenantName(validated: tenant)
        job.queue = QueueName(validated: queue)
        _ = try await platform.stores.submissions.insert([job])
        return job.id
    }

    /// The first event of a kind, or nil when the stream ended.
    private func next(_ kind: String, _ frames: inout some AsyncIteratorProtocol<[UInt8], Never>) async -> String? {
        while let frame = await frames.next(isolation: nil) {
            let text = String(decoding: frame, as: UTF8.self)
            if text.hasPrefix("event: \(kind)\n") { return text }
        }
        return nil
    }

    @Test func whatOneInstanceChangesIsToldAtTheOther() async throws {
        try await run { platform, first, second in
            let mine = try await second.listen("mine")
            var frames = mine.frames.makeAsyncIterator()
            let (id, strange) = (try await submit(platform, of: "mine"), try await submit(platform, of: "strange"))
            first.events.changed([strange], of: TenantName(validated: "strange"))
            first.events.changed([id], of: TenantName(validated: "mine"))
            let told = await next("job", &frames)
            #expect(told?.contains(id.description) == true)
            // And what it does itself, once.
            second.events.changed([id], of: TenantName(validated: "mine"))
            #expect(await next("job", &frames)?.contains(id.description) == true)
            #expect(!mine.hasLagged)
        }
    }

    @Test func whatIsDeletedIsToldHereAndAtTheOther() async throws {
        try await run { platform, first, second in
            let tenant = TenantName(validated: "mine")
            var filter = EventFilter()
            (filter.kinds, filter.queue) = ([.job], QueueName(validated: "another"))
            let near = try await first.listen("mine", filter)
            let far = try await second.listen("mine")
            let stranger = try await second.listen("strange", filter)
            let id = try await submit(platform, of: "mine")
            let actor = AuditActor(Principal(subject: "ada", tenant: tenant, role: .user))
            #expect(try await platform.stores.edits.delete(id, of: tenant, by: actor) == tenant)
            first.events.changed([id], of: tenant)
            for subscription in [near, far] {
                var frames = subscription.frames.makeAsyncIterator()
                let told = await next("job-deleted", &frames)
                #expect(told == "event: job-deleted\ndata: {\"id\":\"\(id)\",\"tenant\":\"mine\"}\n\n")
            }
            let strange = try await submit(platform, of: "strange", queue: "another")
            first.events.changed([strange], of: TenantName(validated: "strange"))
            var frames = stranger.frames.makeAsyncIterator()
            let first = await frames.next(isolation: nil).map { String(decoding: $0, as: UTF8.self) }
            #expect(first?.contains(strange.description) == true, "what others delete is not told")
        }
    }

    @Test func whatIsLoggedThroughOneInstanceIsToldAtTheOther() async throws {
        try await run { platform, first, second in
            var logs = EventFilter()
            logs.kinds = [.log]
            let subscription = try await second.listen("mine", logs)
            let others = try await second.listen("strange", logs)
            var frames = subscription.frames.makeAsyncIterator()
            for tenant in ["strange", "mine"] {
                let id = try await submit(platform, of: tenant)
                let worker = try await platform.openSession()
                try #require(try await platform.claim([id], by: worker).count == 1)
                let fence = RunFence(run: 1, worker: worker.worker)
                let lines = (0..<3).map { RunNote.Line(number: $0, age: .zero, level: "info", message: "line \($0)") }
                var exchange = WorkerExchange(session: worker)
                exchange.notes = [RunNote(source: RunNote.Source(job: id, fence: fence), lines: lines)]
                var batch = ExchangeBatch()
                batch.notes = exchange.notes
                first.events.changed(by: [exchange], try await platform.stores.exchanges.carryOut(batch))
                if tenant == "strange" { continue }
                let event = await frames.next(isolation: nil).map { String(decoding: $0, as: UTF8.self) }
                let told = (0..<3).map { #"{"number":\#($0),"level":"info","message":"line \#($0)"}"# }
                let data = #"{"id":"\#(id)","run":1,"tenant":"mine","lines":[\#(told.joined(separator: ","))]}"#
                #expect(event == "event: log\ndata: \(data)\n\n")
            }
            withExtendedLifetime(others) {}
        }
    }

    @Test func aListenerHearsOfTheQueueAndTypeThatItWants() async throws {
        try await run { platform, first, second in
            var filter = EventFilter()
            filter.kinds = [.job]
            filter.queue = QueueName(validated: "wanted")
            let subscription = try await second.listen("mine", filter)
            var frames = subscription.frames.makeAsyncIterator()
            for queue in ["other", "wanted", "other"] {
                let id = try await submit(platform, of: "mine", queue: queue)
                first.events.changed([id], of: TenantName(validated: "mine"))
            }
            let event = await frames.next(isolation: nil).map { String(decoding: $0, as: UTF8.self) }
            #expect(event?.contains(#""queue":"wanted""#) == true, "\(event ?? "nothing")")
        }
    }

    @Test func whoListensToQueuesAloneFollowsNoJobs() throws {
        let listeners = EventListeners()
        var filter = EventFilter()
        filter.kinds = [.queues]
        let subscription = try listeners.add(
            Caller(
                principal: Principal(subject: "somebody", tenant: TenantName(validated: "mine"), role: .user),
                credential: .key(UUID()),
                expiresAt: nil
            ),
            revocations: RevocationList(),
            filter: filter,
            until: .now + .seconds(60),
            mostOfTenant: 1
        )
        #expect(!listeners.isHeard && listeners.audience.isEmpty)
        #expect(listeners.audiences == [TenantName(validated: "mine")])
        withExtendedLifetime(subscription) {}
    }

    @Test func onceTheLastOneHasLeftNothingIsSent() async throws {
        try await run { platform, first, second in
            var subscription: EventSubscription? = try await second.listen("mine")
            while !first.carrier.isHeard { await Task.yield() }
            withExtendedLifetime(subscription) {}
            subscription = nil
            // It says so; what was presumed at the start has ended then, too.
            while first.carrier.isHeard || second.carrier.isHeard { try await Task.sleep(for: .milliseconds(20)) }
            let listening = try await platform.pool.query(
                PostgresStatement(
                    "listening",
                    "select count(*) from pg_stat_activity where query = 'LISTEN \"qf_changes\"' and datname = current_database()"
                )
            )[0].decode(Int64.self)
            #expect(listening == 0, "no connection is left")
        }
    }

    @Test func whoMayHaveMissedSomethingIsToldThatItLags() async throws {
        try await run { platform, first, second in
            let subscription = try await second.listen("mine")
            try await platform.pool.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN \"qf_changes\"' and datname = current_database()"
            )
            for await _ in subscription.frames {}
            #expect(subscription.hasLagged)
            // It listens again, and all is well.
            let again = try await second.listen("mine")
            var frames = again.frames.makeAsyncIterator()
            let id = try await submit(platform, of: "mine")
            first.events.changed([id], of: TenantName(validated: "mine"))
            #expect(await next("job", &frames)?.contains(id.description) == true)
        }
    }

    @Test func aProcessThatWasCutOffTellsThatItTold() async throws {
        try await run { platform, _, second in
            let subscription = try await second.listen("mine")
            // Both stop hearing who listens for a moment.
            try await platform.pool.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN \"qf_listeners\"' and datname = current_database()"
            )
            for await _ in subscription.frames {}
            #expect(subscription.hasLagged)
        }
    }

    @Test func eventsHaveTheirParameters() async throws {
        try await TestPlatform.shared().serve { api in
            let user = try await api.session(tenant: "mine")
            for query in ["events=jobs", "events=job,,log", "events=", "queue=a%20b", "type=", "nosuch=1"] {
                #expect(try await user.get("/events?\(query)").status == .unprocessableContent, "\(query)")
            }
            #expect(try await user.send(.head, "/events?events=job,queues,log&queue=q&type=t").status == .ok)
        }
    }
}

@Suite struct OperationNewsTests {
    private func operation(_ id: String, _ json: String = "{}", isOver: Bool = false) -> ToldOperation {
        ToldOperation(id: id, tenant: nil, isOver: isOver, json: Array(json.utf8))
    }

    @Test func whatGoesOnAndWhatEndsIsTold() {
        var news = OperationNews()
        #expect(news.changes(in: [operation("old", isOver: true), operation("a")]).map(\.id) == ["a"])
        #expect(news.changes(in: [operation("old", isOver: true), operation("a")]).isEmpty)
        #expect(news.changes(in: [operation("a", #"{"changed":1}"#)]).count == 1)
        // One that was made and ended between two looks is told as well.
        let ended = [operation("a", #"{"changed":2}"#, isOver: true), operation("b", isOver: true)]
        #expect(news.changes(in: ended) == ended)
        #expect(news.changes(in: ended).isEmpty)
    }

    @Test func anOperationIsToldToWhoMaySeeIt() async throws {
        let listeners = EventListeners()
        var filter = EventFilter()
        filter.kinds = [.operation]
        func listen(_ role: Role, _ tenant: String) throws -> EventSubscription {
            let principal = Principal(subject: "somebody", tenant: TenantName(validated: tenant), role: role)
            let caller = Caller(principal: principal, credential: .key(UUID()), expiresAt: nil)
            return try listeners.add(
                caller,
                revocations: RevocationList(),
                filter: filter,
                until: .now + .seconds(60),
                mostOfTenant: 9
            )
        }
        let (mine, other, admin) = (try listen(.user, "mine"), try listen(.user, "other"), try listen(.admin, "root"))
        #expect(listeners.hasOverseers && !listeners.isHeard)
        var told = operation("a")
        listeners.tell(told)
        told.tenant = TenantName(validated: "mine")
        listeners.tell(told)
        for (subscription, count) in [(mine, 1), (other, 0), (admin, 2)] {
            var frames = subscription.frames.makeAsyncIterator()
            for _ in 0..<count {
                #expect(await frames.next(isolation: nil) == Array("event: operation\ndata: {}\n\n".utf8))
            }
            listeners.send(EventFrame.heartbeat)
            #expect(await frames.next(isolation: nil) == EventFrame.heartbeat)
        }
    }
}
