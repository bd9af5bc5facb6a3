import Foundation
import JobCore
import Kafka
import Testing

@testable import QueueFlowWorker

@Suite struct DispatchStateTests {
    private let partition = TopicPartition(topic: "qf.default.q.normal", partition: 0)

    private func records(_ offsets: ClosedRange<Int64>) throws -> [WaitingRecord] {
        let topic = try #require(Topic(name: partition.topic))
        return offsets.map { offset in
            WaitingRecord(
                job: .make(),
                run: 1,
                type: "noop",
                topic: topic,
                payload: Data("{}".utf8),
                trace: "",
                queuedAt: Date(timeIntervalSince1970: Double(offset)),
                source: RecordSource(partition: partition, assignment: 0, offset: offset)
            )
        }
    }

    /// A state with a session and one partition.
    private func ready(slots: Int) -> DispatchState {
        var state = DispatchState(slots: slots)
        state.assigned([partition])
        _ = state.sessionOpened(leaseKept: false)
        return state
    }

    private func grants(_ records: [WaitingRecord], batch: Int64 = 7) -> [RunKey: Int64] {
        Dictionary(uniqueKeysWithValues: records.map { (RunKey(job: $0.job, run: $0.run), batch) })
    }

    private func key(_ record: WaitingRecord) -> RunKey { RunKey(job: record.job, run: record.run) }

    @Test func claimsNoMoreThanThereAreFreeSlots() throws {
        var state = ready(slots: 3)
        state.received(try records(0...9))
        let first = try taken(state.nextClaims())
        #expect(first.records.count == 3)
        #expect(isNil(state.nextClaims()))
        let started = state.claimed(sequence: first.sequence, batches: grants(Array(first.records.prefix(2))))
        #expect(started.count == 2)
        #expect(try taken(state.nextClaims()).records.count == 1)
    }

    @Test func anOffsetIsStoredOnceItsClaimIsAnswered() throws {
        var state = ready(slots: 2)
        state.received(try records(5...6))
        let claims = try taken(state.nextClaims())
        let before = state.takeConsumerCommands()
        #expect(before.store.isEmpty)
        _ = state.claimed(sequence: claims.sequence, batches: grants([claims.records[0]]))
        let after = state.takeConsumerCommands()
        #expect(after.store == [partition: 7])
    }

    @Test func nothingIsClaimedWithoutALease() throws {
        var state = DispatchState(slots: 2)
        state.assigned([partition])
        state.received(try records(0...0))
        #expect(isNil(state.nextClaims()))
        _ = state.sessionOpened(leaseKept: false)
        #expect(!isNil(state.nextClaims()))
    }

    @Test func whatASessionLeftUnansweredIsAskedAndReportedAgainInTheNext() throws {
        var state = ready(slots: 3)
        let all = try records(0...2)
        state.received(Array(all.prefix(2)))
        let claims = try taken(state.nextClaims())
        _ = state.claimed(sequence: claims.sequence, batches: grants(claims.records))
        state.finished(FinishedRun(key: key(all[0]), outcome: .success(result: nil)))
        let reported = try taken(state.nextOutcomes())
        state.received([all[2]])
        let unanswered = try taken(state.nextClaims())

        state.sessionEnded()
        #expect(isNil(state.nextClaims()))
        let abandoned = state.sessionOpened(leaseKept: true)
        #expect(abandoned.isEmpty)

        #expect(try taken(state.nextOutcomes()).runs.map(\.key) == reported.runs.map(\.key))
        #expect(try taken(state.nextClaims()).records.map(\.job) == unanswered.records.map(\.job))
        // Late answers of the old session have no effect.
        let late = state.claimed(sequence: unanswered.sequence, batches: grants(unanswered.records))
        #expect(late.isEmpty)
    }

    @Test func aRepeatedRecordDoesNotStartARunTwice() throws {
        var state = ready(slots: 4)
        let record = try records(0...0)[0]
        state.received([record])
        let first = try taken(state.nextClaims())
        let started = state.claimed(sequence: first.sequence, batches: grants([record]))
        #expect(started.count == 1)

        var again = record
        again.source.offset = 1
        state.received([again])
        let second = try taken(state.nextClaims())
        let startedAgain = state.claimed(sequence: second.sequence, batches: grants([record], batch: 0))
        #expect(startedAgain.isEmpty)

        state.finished(FinishedRun(key: key(record), outcome: .success(result: nil)))
        again.source.offset = 2
        state.received([again])
        let third = try taken(state.nextClaims())
        let startedOnceMore = state.claimed(sequence: third.sequence, batches: grants([record], batch: 0))
        #expect(startedOnceMore.isEmpty)
    }

    @Test func aClaimBatchIsClosedOnceAllItsRunsAreOnRecord() throws {
        var state = ready(slots: 2)
        let all = try records(0...1)
        state.received(all)
        let claims = try taken(state.nextClaims())
        _ = state.claimed(sequence: claims.sequence, batches: grants(all, batch: 42))
        for record in all {
            state.finished(FinishedRun(key: key(record), outcome: .success(result: nil)))
            let outcomes = try taken(state.nextOutcomes())
            #expect(outcomes.closedBatches.isEmpty)
            state.acknowledged(sequence: outcomes.sequence)
        }
        let closing = try taken(state.nextOutcomes())
        #expect(closing.runs.isEmpty)
        #expect(closing.closedBatches == [42])
        state.acknowledged(sequence: closing.sequence)
        #expect(state.isIdle)
    }

    @Test func runsOfALostLeaseAreGivenBackHoweverTheyEnd() async throws {
        var state = ready(slots: 1)
        let record = try records(0...0)[0]
        state.received([record])
        let claims = try taken(state.nextClaims())
        _ = state.claimed(sequence: claims.sequence, batches: grants([record]))
        let handler = Task<Void, Never> { try? await Task.sleep(for: .seconds(60)) }
        let isAbandoned = state.started(key(record), task: handler)
        #expect(!isAbandoned)
        let cancelled = state.leaseLost()
        #expect(cancelled.count == 1)
        cancelled.forEach { $0.cancel() }
        await handler.value

        state.finished(FinishedRun(key: key(record), outcome: .success(result: nil)))
        guard case .release(delay: nil) = try taken(state.nextOutcomes()).runs[0].outcome else {
            Issue.record("a run of a lost lease must be given back")
            return
        }
        #expect(isNil(state.nextClaims()))
    }

    /// A state in which one record's run has been granted.
    private func running(_ record: WaitingRecord) throws -> DispatchState {
        var state = ready(slots: 1)
        state.received([record])
        let claims = try taken(state.nextClaims())
        _ = state.claimed(sequence: claims.sequence, batches: grants(claims.records))
        return state
    }

    @Test func aCalledOffRunIsStoppedOnceAndReportedAsCancelledUnlessItSucceeds() async throws {
        let record = try records(0...0)[0]
        for succeeds in [false, true] {
            var state = try running(record)
            let task = Task {}
            let isToBeStopped = state.started(key(record), task: task)
            #expect(!isToBeStopped)
            let stopped = state.cancelled([key(record), RunKey(job: .make(), run: 1)])
            #expect(stopped == [task])
            let again = state.cancelled([key(record)])
            #expect(again.isEmpty)
            let failure = RunOutcome.Kind.failure(RunFailure(kind: "error", error: "stopped"))
            state.finished(FinishedRun(key: key(record), outcome: succeeds ? .success(result: nil) : failure))
            switch try taken(state.nextOutcomes()).runs[0].outcome {
            case .success: #expect(succeeds)
            case .cancelled: #expect(!succeeds)
            case .failure, .release: Issue.record("a called off run was reported as something else")
            }
        }
    }

    @Test func aRunCalledOffBeforeItsHandlerStartedIsStoppedAtOnce() throws {
        let record = try records(0...0)[0]
        var state = try running(record)
        let stopped = state.cancelled([key(record)])
        #expect(stopped.isEmpty)
        let isToBeStopped = state.started(key(record), task: Task {})
        #expect(isToBeStopped)
    }

    @Test func recordsOfALostPartitionAreForgottenAndNotStored() throws {
        var state = ready(slots: 1)
        let all = try records(0...3)
        state.received(all)
        let claims = try taken(state.nextClaims())
        state.revoked([partition])
        state.assigned([partition])
        _ = state.claimed(sequence: claims.sequence, batches: [:])
        let commands = state.takeConsumerCommands()
        #expect(commands.store.isEmpty)
        #expect(isNil(state.nextClaims()))
    }

    @Test func aFullLinePausesItsPartitionsAndAHalfEmptyOneResumesThem() throws {
        var state = ready(slots: 500)
        state.received(try records(0...Int64(RecordBuffer.maxRecords)))
        let paused = state.takeConsumerCommands()
        #expect(paused.pause == [partition: true])
        var sequences: [UInt64] = []
        var commands = ConsumerCommands()
        while commands.pause.isEmpty, let claims = state.nextClaims() {
            sequences.append(claims.sequence)
            _ = state.claimed(sequence: claims.sequence, batches: [:])
            commands = state.takeConsumerCommands()
        }
        #expect(commands.pause == [partition: false])
        #expect(sequences.count == 3)
    }

    @Test func aDrainingWorkerClaimsNothing() throws {
        var state = ready(slots: 1)
        state.received(try records(0...0))
        state.startDraining()
        #expect(isNil(state.nextClaims()))
        #expect(state.isIdle)
    }

    @Test func progressTellsSettledFromUnsettledPartitions() throws {
        var state = ready(slots: 10)
        #expect(state.progress().isEmpty)
        state.reachedEnd(of: partition, at: 4)
        guard case .settled(position: 4) = try taken(state.progress().first).through else {
            Issue.record("an empty partition whose end was seen is settled")
            return
        }
        state.received(try records(4...6))
        guard case .unsettled(let since) = try taken(state.progress().first).through else {
            Issue.record("a partition with waiting records is not settled")
            return
        }
        #expect(since == Date(timeIntervalSince1970: 4))
    }
}
