import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

extension StoreFixture {
    /// A firing on record.
    struct Firing: Hashable {
        var schedule: ScheduleID
        var instant: Date
        var job: JobID
    }

    /// Makes a schedule that was made and last looked at so many seconds ago; `@every` counts from then, to the second.
    func schedule(
        _ cron: String = "@every 1m",
        name: String = "s",
        secondsAgo: Int = 0,
        _ change: (inout ScheduleDefinition) -> Void = { _ in }
    ) async throws -> ScheduleID {
        var definition = ScheduleDefinition(
            name: try ScheduleName(name),
            cron: cron,
            job: JobTemplate(type: try JobType("noop"))
        )
        change(&definition)
        let schedule = try #require(try await stores.schedules.create(definition, of: .default))
        if secondsAgo > 0 { try await rewind(schedule.id, by: secondsAgo) }
        return schedule.id
    }

    /// Moves a schedule into the past, as nothing else gets there.
    func rewind(_ id: ScheduleID, by seconds: Int) async throws {
        let schedule = try await schedule(id)
        let settledAt = schedule.settledAt.addingTimeInterval(-Double(seconds))
        let createdAt = schedule.createdAt.addingTimeInterval(-Double(seconds))
        let next = try schedule.definition.instants(createdAt: createdAt).next(after: settledAt)
        let statement = PostgresStatement(
            "rewind",
            "update schedules set settled_at = $2, created_at = $3, next_at = $4 where id = $1"
        )
        _ = try await pool.query(statement, id.uuid, settledAt, createdAt, next)
    }

    func schedule(_ id: ScheduleID) async throws -> Schedule {
        try #require(try await stores.schedules.schedule(id, of: nil))
    }

    /// The firings on record, in the order of their instants.
    func firings(of id: ScheduleID) async throws -> [Firing] {
        let statement = PostgresStatement(
            "firings",
            "select fire_at, job_id from schedule_firings where schedule_id = $1 order by fire_at"
        )
        return try await pool.query(statement, id.uuid).map { row in
            Firing(
                schedule: id,
                instant: try row.decode("fire_at", as: Date.self),
                job: JobID(try row.decode("job_id", as: UUID.self))
            )
        }
    }

    /// How many jobs there are of any state.
    func jobCount() async throws -> Int {
        try await Int(pool.query(PostgresStatement("all_jobs", "select count(*) from jobs"))[0].decode(Int64.self))
    }

    /// A listener that is already listening.
    func listening(to channel: String) async throws -> PostgresListener.Iterator {
        let listener = PostgresListener(configuration: try PostgresConfiguration(url: url), channels: [channel])
        var events = listener.makeAsyncIterator()
        #expect(await events.next() == .reconnected)
        return events
    }
}
