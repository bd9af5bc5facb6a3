import Foundation
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct ScheduleStoreTests {
    private static let acme = TenantName(validated: "acme")

    @Test func whatIsStoredIsReadBack() async throws {
        try await StoreFixture.run { fixture in
            let definition = ScheduleDefinition(
                name: try ScheduleName("nightly.report"),
                cron: "30 9 * * mon-fri",
                timeZone: "Europe/Berlin",
                missedRuns: .all,
                overlap: .queue,
                job: JobTemplate(
                    type: try JobType("report.generate"),
                    queue: try QueueName("reports"),
                    priority: .high,
                    payload: Array(#"{"n": 1.0}"#.utf8),
                    maxAttempts: 7,
                    retry: RetryPolicy(strategy: .fixed, base: 3),
                    timeout: .milliseconds(1_500),
                    tags: ["a", "b"]
                )
            )
            let store = fixture.stores.schedules
            let made = try #require(try await store.create(definition, of: Self.acme))
            #expect(made.definition == definition && made.tenant == Self.acme && made.version == 1)
            #expect(made.nextAt == (try definition.instants(createdAt: made.createdAt).next(after: made.createdAt)))
            #expect(made.lastAt == nil && made.lastJob == nil && !made.isPaused)
            #expect(try await store.schedule(made.id, of: Self.acme) == made)
            #expect(try await store.schedule(made.id, of: nil) == made)
            #expect(try await store.schedule(made.id, of: .default) == nil)
            #expect(try await store.create(definition, of: Self.acme) == nil, "the name is taken")
            #expect(try await store.create(definition, of: .default) != nil, "another tenant's names are its own")
        }
    }

    @Test func pagesHaveNeitherGapsNorRepeats() async throws {
        try await StoreFixture.run { fixture in
            var ids: Set<ScheduleID> = []
            for index in 0..<9 { ids.insert(try await fixture.schedule(name: "s\(index)")) }
            let store = fixture.stores.schedules
            var read: [ScheduleID] = []
            repeat {
                let page = try await store.schedules(of: .default, before: read.last, limit: 4)
                read += page.map(\.id)
                if page.count < 4 { break }
            } while true
            #expect(read.count == 9 && Set(read) == ids)
            #expect(read == read.sorted { $0.description > $1.description })
            #expect(try await store.schedules(of: nil, before: nil, limit: 100).count == 9)
            #expect(try await store.schedules(of: Self.acme, before: nil, limit: 100).isEmpty)
        }
    }

    @Test func theSameExpressionGoesOnAndAnotherOneBeginsAnew() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let id = try await fixture.schedule(secondsAgo: 630)
            let before = try await fixture.schedule(id)
            var definition = before.definition
            definition.missedRuns = .all
            guard case .replaced(let same) = try await store.replace(id, of: .default, by: definition) else {
                Issue.record("it must be replaced")
                return
            }
            #expect(same.settledAt == before.settledAt && same.nextAt == before.nextAt)
            #expect(same.version == 2 && same.definition == definition && same.updatedAt > before.updatedAt)
            definition.cron = "@every 2m"
            guard case .replaced(let other) = try await store.replace(id, of: .default, by: definition) else {
                Issue.record("it must be replaced")
                return
            }
            #expect(other.settledAt.timeIntervalSince(before.settledAt) >= 630, "what was owed is forgotten")
            #expect(try #require(other.nextAt) > other.settledAt)
            #expect(other.createdAt == before.createdAt && other.version == 3)
        }
    }

    @Test func whatCannotBeReplacedIsLeftAlone() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let id = try await fixture.schedule(name: "a")
            _ = try await fixture.schedule(name: "b")
            var definition = try await fixture.schedule(id).definition
            definition.name = try ScheduleName("b")
            #expect(try await store.replace(id, of: .default, by: definition) == .nameTaken)
            #expect(try await store.replace(id, of: Self.acme, by: definition) == .notFound)
            #expect(try await store.replace(.make(), of: nil, by: definition) == .notFound)
            let outdated = try await store.replace(id, of: nil, by: definition) { $0 == 5 }
            #expect(outdated == .outdated(version: 1))
            #expect(try await fixture.schedule(id).definition.name.rawValue == "a")
        }
    }

    @Test func pausingAndDeletingKeepToTheTenant() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            let id = try await fixture.schedule()
            #expect(try await store.setPaused(true, id, of: Self.acme) == nil)
            for _ in 0..<2 {
                let paused = try #require(try await store.setPaused(true, id, of: .default))
                #expect(paused.isPaused && paused.version == 2)
            }
            let resumed = try #require(try await store.setPaused(false, id, of: nil))
            #expect(!resumed.isPaused && resumed.version == 3)
            #expect(try await !store.delete(id, of: Self.acme))
            #expect(try await store.delete(id, of: .default))
            #expect(try await !store.delete(id, of: .default))
        }
    }

    @Test func schedulersAreToldOfEveryChange() async throws {
        try await StoreFixture.run { fixture in
            let store = fixture.stores.schedules
            var events = try await fixture.listening(to: ScheduleStore.channel)
            let id = try await fixture.schedule()
            #expect(await events.next() != nil)
            _ = try await store.replace(id, of: nil, by: try await fixture.schedule(id).definition)
            #expect(await events.next() != nil)
            _ = try await store.setPaused(false, id, of: nil)
            #expect(await events.next() != nil)
        }
    }
}
