import Foundation
import JobCore
import Kafka
import Testing

@testable import QueueFlowWorker

@Suite struct PausedTopicTests {
    private func record(_ queue: String, offset: Int64) throws -> WaitingRecord {
        let topic = try #require(Topic(name: "qf.default.\(queue).normal"))
        return WaitingRecord(
            job: .make(),
            run: 1,
            type: "noop",
            topic: topic,
            payload: Data("{}".utf8),
            trace: "",
            queuedAt: Date(timeIntervalSince1970: Double(offset)),
            source: RecordSource(
                partition: TopicPartition(topic: topic.name, partition: 0),
                assignment: 0,
                offset: offset
            )
        )
    }

    @Test func recordsOfAPausedQueueWaitAndHoldTheWatermarkBack() throws {
        var state = DispatchState(slots: 10)
        let (paused, served) = (try record("paused", offset: 5), try record("served", offset: 6))
        state.assigned([paused.source.partition, served.source.partition])
        _ = state.sessionOpened(leaseKept: false)
        state.received([paused, served])
        state.serve([served.topic])
        // One that comes after the word waits, too.
        let late = try record("paused", offset: 7)
        state.received([late])
        let claims = try taken(state.nextClaims())
        #expect(claims.records.map(\.job) == [served.job])
        #expect(isNil(state.nextClaims()))
        let progress = state.progress().first { $0.partition == paused.source.partition }
        guard case .unsettled(paused.queuedAt) = progress?.through else {
            Issue.record("the watermark is not held back: \(String(describing: progress))")
            return
        }

        state.serve([served.topic, paused.topic])
        let rest = try taken(state.nextClaims())
        #expect(rest.records.map(\.job) == [paused.job, late.job])
    }

    @Test func aPausedPartitionThatIsTakenAwayLeavesNothingBehind() throws {
        var state = DispatchState(slots: 10)
        let paused = try record("paused", offset: 5)
        state.assigned([paused.source.partition])
        _ = state.sessionOpened(leaseKept: false)
        state.received([paused])
        state.serve([])
        state.revoked([paused.source.partition])
        state.serve([paused.topic])
        #expect(isNil(state.nextClaims()))
        #expect(state.progress().isEmpty)
    }
}
