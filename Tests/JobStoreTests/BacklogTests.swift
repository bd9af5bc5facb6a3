import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// How what waits is found, and told.
@Suite(.timeLimit(.minutes(1))) struct BacklogTests {
    private func backlog(_ queue: String, _ priority: Priority = .normal, tenant: TenantName = .default) -> Backlog {
        Backlog(tenant: tenant, queue: QueueName(validated: queue), priority: priority, type: Backlog.noop.type)
    }

    private func submit(_ fixture: StoreFixture, to backlog: Backlog) async throws -> JobID {
        try await fixture.submit {
            ($0.tenant, $0.queue, $0.priority, $0.type) =
                (backlog.tenant, backlog.queue, backlog.priority, backlog.type)
        }
    }

    @Test func backlogsAreFoundThatAWorkerCouldRun() async throws {
        try await StoreFixture.run { fixture in
            let tenant = TenantName(validated: "t")
            let all = [backlog("a"), backlog("a", .high), backlog("b"), backlog("a", tenant: tenant)]
            for backlog in all { for _ in 0..<2 { _ = try await submit(fixture, to: backlog) } }
            _ = try await fixture.submit { $0.type = JobType(validated: "unknown") }
            _ = try await fixture.submit { $0.runAt = Date().addingTimeInterval(60) }
            let store = fixture.stores.backlogs
            #expect(Set(try await store.sweep(limit: 10).waiting) == Set(all))
            #expect(try await store.sweep(limit: 3).waiting.count == 3)
            #expect(try await store.waiting(of: tenant, limit: 10) == [all[3]])
            #expect(Set(try await store.waiting(of: .default, in: all[0].queue, limit: 10)) == Set(all[..<2]))
            try await fixture.pause(all[0].queue)
            #expect(Set(try await store.sweep(limit: 10).waiting) == Set(all[2...]))
            // Of what is empty nothing is told, folded or not.
            for _ in 0..<2 {
                _ = try await fixture.pull(2, of: all[2])
                #expect(try await store.sweep(limit: 10).waiting == [all[3]])
                _ = try await store.tend(limit: 10)
            }
        }
    }

    /// Of ten thousand queues many thousand rows are left by each session in a quarter of a minute.
    @Test func whateverWasCountedIsFoldedAtOnceInSteps() async throws {
        try await StoreFixture.run { fixture in
            let count = PostgresStatement(
                "count",
                """
                insert into job_counters (tenant, queue, priority, type, slot, submitted, queued)
                select 'default', 'q' || i % 1500, 'normal', 'noop', i / 1500, 1, 1 from generate_series(0, 4499) i
                """
            )
            _ = try await fixture.pool.query(count)
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            #expect(try await fixture.number("select count(*) from job_counters where slot >= 0") == 0)
            #expect(
                try await fixture.number("select count(*) from job_counters where queued = 3 and submitted = 3")
                    == 1_500
            )
            #expect(try await fixture.number("select waiting from tenant_totals where tenant = 'default'") == 4_500)
            #expect(try await fixture.number("select count(*) from tenant_queues") == 1_500)
        }
    }

    @Test func theOldestJobOfABacklogIsLookedForFromATimeOn() async throws {
        try await StoreFixture.run { fixture in
            let (full, empty, running) = (backlog("full"), backlog("empty"), backlog("running", .low))
            var times: [Int64] = []
            for _ in 0..<3 { times.append(try await fixture.queuedAt(submit(fixture, to: full))) }
            _ = try await submit(fixture, to: running)
            _ = try await fixture.pull(1, of: running)
            let looks = [
                BacklogHint(running, since: 0), BacklogHint(full, since: times[1] + 1), BacklogHint(empty, since: 0),
                BacklogHint(full, since: 0), BacklogHint(full, since: .max),
            ]
            let (found, now) = try await fixture.stores.backlogs.oldest(looks)
            #expect(found == [nil, times[2], nil, times[0], nil])
            let (isPast, isNear) = (now >= times[2], now < times[2] + 60_000_000)
            #expect(isPast && isNear)
        }
    }

    @Test func whatIsAnnouncedIsHeardWhole() async throws {
        try await StoreFixture.run { fixture in
            var events = try await fixture.listening(to: BacklogStore.channel)
            let long = String(repeating: "q", count: 90)
            let hints = (0..<3_000).map {
                BacklogHint(backlog("\(long)\($0)", Priority.allCases[$0 % 4]), since: Int64($0) - 5)
            }
            try await fixture.stores.backlogs.announce([])
            try await fixture.stores.backlogs.announce(hints)
            var heard: [BacklogHint] = []
            while heard.count < hints.count {
                guard case .notification(let notification) = await events.next() else { continue }
                heard += BacklogNotice.hints(in: notification.payload)
            }
            #expect(heard == hints)
        }
    }

    @Test func noticesAreReadBackAndNeverTooLong() {
        var generator = SeededGenerator()
        func name(_ limit: Int) -> String {
            let letters = Array("abcXYZ09._-")
            let length = Int.random(in: 1...limit, using: &generator)
            let name = String((0..<length).map { _ in letters.randomElement(using: &generator) ?? "a" })
            return name == "." || name == ".." ? "a" : name
        }
        let hints = (0..<5_000).map { _ in
            let backlog = Backlog(
                tenant: TenantName(validated: name(60).replacing(".", with: "_")),
                queue: QueueName(validated: name(100)),
                priority: Priority.allCases.randomElement(using: &generator) ?? .low,
                type: JobType(validated: name(100))
            )
            return BacklogHint(backlog, since: .random(in: .min ... .max, using: &generator))
        }
        let texts = BacklogNotice.texts(of: hints)
        #expect(texts.allSatisfy { $0.utf8.count < 8_000 }, "seed \(generator.seed)")
        #expect(texts.count < 5_000 / 10, "seed \(generator.seed)")
        #expect(texts.flatMap(BacklogNotice.hints) == hints, "seed \(generator.seed)")
        #expect(BacklogNotice.texts(of: []).isEmpty)
    }

    @Test(arguments: [
        "", "\n\n", "a b c d", "a b normal noop", "a b urgent noop 5", "a b normal noop x", "a.b q normal noop 5",
        "a b normal noop 5 6", "a b normal noop 99999999999999999999", "ä b normal noop 5",
    ])
    func whatIsNoNoticeIsPassedOver(text: String) {
        #expect(BacklogNotice.hints(in: text).isEmpty)
        let good = BacklogHint(.noop, since: 7)
        #expect(BacklogNotice.hints(in: "\(text)\n\(BacklogNotice.texts(of: [good])[0])\(text)") == [good])
    }
}
