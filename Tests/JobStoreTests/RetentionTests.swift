import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct RetentionTests {
    private static let week = Duration.seconds(7 * 86_400)

    /// A finished job of so many days ago, which failed once before it succeeded, in a partition of its day.
    private func finish(_ fixture: StoreFixture, daysAgo days: Int, inPartition: Bool = true) async throws -> JobID {
        if inPartition {
            try await fixture.sql(
                """
                do $$
                declare day date := (now() at time zone 'UTC')::date - \(days);
                begin
                    execute format('create table if not exists jobs_finished_%s partition of jobs_finished '
                        'for values from (%L) to (%L)', to_char(day, 'YYYYMMDD'), day::text || ' 00:00:00+00',
                        (day + 1)::text || ' 00:00:00+00');
                end $$
                """
            )
        }
        let id = try await fixture.submitAndClaim()
        let failure = RunFailure(kind: "error", error: "no", isFinal: false, retryAfter: .zero)
        try await fixture.end(id, run: 1, .failure(failure))
        _ = try await fixture.stores.timers.queueDueJobs(limit: 10)
        _ = try await fixture.claim(id, run: 2)
        try await fixture.end(id, run: 2, .success(result: nil))
        // Moving it by hand is the only way into the past.
        try await fixture.sql(
            "update jobs_finished set finished_at = finished_at - interval '\(days) days' where id = '\(id)'"
        )
        return id
    }

    private func attempts(_ fixture: StoreFixture) async throws -> Int64 {
        let statement = PostgresStatement("attempts", "select count(*) from job_attempts")
        return try await fixture.pool.query(statement)[0].decode(Int64.self)
    }

    @Test func wholeDaysGoWithTheirAttempts() async throws {
        try await StoreFixture.run { fixture in
            var old: [JobID] = []
            for _ in 0..<3 { old.append(try await finish(fixture, daysAgo: 9)) }
            let young = try await finish(fixture, daysAgo: 2)
            #expect(try await attempts(fixture) == 4)

            let retention = fixture.stores.retention
            let days = try await retention.expiredDays(olderThan: Self.week)
            #expect(days.count == 1)
            for day in days {
                let isDropped = try await retention.drop(day: day, step: 2)
                #expect(isDropped)
            }
            #expect(try await retention.expiredDays(olderThan: Self.week).isEmpty)
            #expect(try await attempts(fixture) == 1)
            for id in old { #expect(try await fixture.stores.jobs.job(id, of: nil) == nil) }
            #expect(try await fixture.job(young).state == .completed)
            // A second scheduler that had the same list does no harm.
            for day in days { #expect(try await retention.drop(day: day)) }
        }
    }

    @Test func aPartitionInUseIsLeftForLaterAndNobodyWaitsLong() async throws {
        try await StoreFixture.run { fixture in
            _ = try await finish(fixture, daysAgo: 9)
            let day = try #require(try await fixture.stores.retention.expiredDays(olderThan: Self.week).first)
            try await fixture.pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("reader", "select count(*) from jobs_finished"))
                let start = ContinuousClock.now
                async let dropped = fixture.stores.retention.drop(day: day)
                // Submissions do not so much as notice.
                for _ in 0..<20 { _ = try await fixture.submit() }
                #expect(try await !dropped)
                #expect(ContinuousClock.now - start < .seconds(10))
            }
            #expect(try await fixture.stores.retention.drop(day: day))
        }
    }

    @Test func jobsWithoutADailyPartitionGoInSteps() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<3 { _ = try await finish(fixture, daysAgo: 9, inPartition: false) }
            let young = try await finish(fixture, daysAgo: 2, inPartition: false)
            let retention = fixture.stores.retention
            #expect(try await retention.deleteStrayJobs(olderThan: Self.week, limit: 2) == 2)
            #expect(try await retention.deleteStrayJobs(olderThan: Self.week, limit: 2) == 1)
            #expect(try await retention.deleteStrayJobs(olderThan: Self.week, limit: 2) == 0)
            #expect(try await attempts(fixture) == 1)
            #expect(try await fixture.job(young).state == .completed)
        }
    }

    @Test func oldDeadLettersGoAndAreCountedOut() async throws {
        try await StoreFixture.run { fixture in
            var ids: [JobID] = []
            for _ in 0..<4 {
                let id = try await fixture.submitAndClaim()
                let failure = RunFailure(kind: "error", error: "no", isFinal: true)
                try await fixture.end(id, run: 1, .failure(failure))
                ids.append(id)
            }
            try await fixture.sql(
                "update jobs_dead set finished_at = now() - interval '31 days' where id <> '\(ids[3])'"
            )
            let retention = fixture.stores.retention
            let age = Duration.seconds(30 * 86_400)
            #expect(try await retention.deleteDeadJobs(olderThan: age, limit: 2) == 2)
            #expect(try await retention.deleteDeadJobs(olderThan: age, limit: 2) == 1)
            #expect(try await fixture.counts().dead == 1)
            #expect(try await fixture.counts().died == 4)
            #expect(try await attempts(fixture) == 1)
            #expect(try await fixture.job(ids[3]).state == .dead)
        }
    }
}
