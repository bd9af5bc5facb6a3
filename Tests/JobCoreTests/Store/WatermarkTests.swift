import Foundation
import JobCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct WatermarkTests {
    /// Two queued jobs of one topic with two partitions, stored a minute ago.
    private func withOldJobs(_ body: (StoreFixture, Topic, [JobID]) async throws -> Void) async throws {
        try await StoreFixture.run { fixture in
            let ids = [try await fixture.submit(), try await fixture.submit()]
            try await fixture.sql("update jobs_live set queued_at = now() - interval '1 minute'")
            let topics = try await fixture.stores.topics.all()
            #expect(topics.map(\.topic.name) == ["qf.default.default.normal"])
            try await fixture.stores.topics.setPartitions([(topics[0].id, 2)])
            try await body(fixture, topics[0].topic, ids)
        }
    }

    private func requeue(_ fixture: StoreFixture) async throws -> [JobID] {
        try await fixture.stores.watermarks.requeueUnannounced(slack: .seconds(2), limit: 100).map(\.id)
    }

    @Test func aJobIsPublishedAgainOnceEveryPartitionIsPastIt() async throws {
        try await withOldJobs { fixture, topic, ids in
            #expect(try await requeue(fixture).isEmpty)
            try await fixture.stores.watermarks.raise([
                Watermark(topic: topic, partition: 0, through: .endReached(ago: .seconds(1)))
            ])
            #expect(try await requeue(fixture).isEmpty, "partition 1 may still hold the records")
            try await fixture.stores.watermarks.raise([
                Watermark(topic: topic, partition: 1, through: .endReached(ago: .seconds(1)))
            ])
            #expect(Set(try await requeue(fixture)) == Set(ids))
            #expect(try await requeue(fixture).isEmpty, "they count as queued now")
        }
    }

    @Test func aBacklogHoldsTheWatermarkBack() async throws {
        try await withOldJobs { fixture, topic, _ in
            try await fixture.stores.watermarks.raise([
                Watermark(topic: topic, partition: 0, through: .endReached(ago: .zero)),
                Watermark(topic: topic, partition: 1, through: .queuedAt(Date().addingTimeInterval(-120))),
            ])
            #expect(try await requeue(fixture).isEmpty)
        }
    }

    @Test func aWatermarkNeverFalls() async throws {
        try await withOldJobs { fixture, topic, ids in
            for age in [1, 300] {
                try await fixture.stores.watermarks.raise([
                    Watermark(topic: topic, partition: 0, through: .endReached(ago: .seconds(age))),
                    Watermark(topic: topic, partition: 1, through: .endReached(ago: .seconds(age))),
                ])
            }
            #expect(Set(try await requeue(fixture)) == Set(ids))
        }
    }

    @Test func runningJobsAreLeftAlone() async throws {
        try await withOldJobs { fixture, topic, ids in
            _ = try await fixture.claim(ids[0], run: 1)
            try await fixture.stores.watermarks.raise([
                Watermark(topic: topic, partition: 0, through: .endReached(ago: .zero)),
                Watermark(topic: topic, partition: 1, through: .endReached(ago: .zero)),
            ])
            #expect(try await requeue(fixture) == [ids[1]])
        }
    }

    @Test func reportsOfUnknownTopicsAreHarmless() async throws {
        try await StoreFixture.run { fixture in
            let topic = Topic(tenant: .default, queue: try QueueName("nobody"), priority: .low)
            try await fixture.stores.watermarks.raise([
                Watermark(topic: topic, partition: 0, through: .endReached(ago: .zero))
            ])
        }
    }
}
