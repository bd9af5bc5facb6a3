import Foundation
import Postgres
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct BulkOperationTests {
    private let narrow = #"{"state": ["scheduled", "queued", "running", "retrying", "completed", "dead", "cancelled"]}"#

    /// Every kind, on a job of each state: those that it is for are changed, all others are skipped.
    @Test(arguments: BulkOperation.Kind.allCases) func aKindChangesTheStatesThatItIsFor(kind: BulkOperation.Kind)
        async throws
    {
        try await StoreFixture.run { fixture in
            let jobs = try await fixture.oneOfEach()
            let id = try await fixture.create(kind, fixture.selection(narrow))
            let batches = try await fixture.carryOutAll(fixture.operations(2))
            let gone = batches.flatMap { $0.gone.jobs.flatMap { $0.value } }
            let operation = try await fixture.operation(id)
            #expect(operation.state == .done && operation.examined == 7 && operation.changed == kind.states.count)
            #expect(operation.matched == 7 && operation.startedAt != nil && operation.finishedAt != nil)
            for (before, job) in jobs {
                let after = try await fixture.stores.jobs.job(job, of: nil)
                switch (kind, kind.states.contains(before)) {
                case (.delete, true): #expect(after == nil && gone.contains(job), "\(before)")
                case (.retry, true): #expect(after?.state == .queued, "\(before)")
                case (.cancel, true) where before == .running: #expect(after?.cancelRequestedAt != nil)
                case (.cancel, true): #expect(after?.state == .cancelled && gone.contains(job), "\(before)")
                case (_, false): #expect(after?.state == before && after?.cancelRequestedAt == nil, "\(before)")
                }
            }
            if kind == .delete {
                // What ever was is not taken back, what there is now is.
                let counts = try await fixture.counts()
                #expect(counts == JobCounts(submitted: 7, running: 1, completed: 1, cancelled: 1, failed: 2, died: 1))
                #expect(try await fixture.number("select count(*) from job_attempts") == 0)
                let bytes = "select (coalesce(sum(stored), 0))::int8 from job_counters"
                let left = try await fixture.number("select sum(payload_bytes)::int8 from jobs_live")
                // The history's bytes are kept by day, too, and were taken out there.
                let days = try await fixture.number("select coalesce(sum(bytes), 0)::int8 from tenant_days")
                let history = try await fixture.number("select sum(history)::int8 from job_counters")
                #expect(try await fixture.number(bytes) == left && days == -history)
            } else {
                try await fixture.expectCountersToMatchRows("\(kind)")
            }
        }
    }

    @Test func aFilterWithoutStatesMeansThoseThatTheKindIsFor() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.oneOfEach()
            let preview = try await fixture.stores.operations.preview(fixture.selection("{}"), .retry, examples: 2)
            #expect(preview.matched == 3 && preview.isExact && preview.examples.count == 2)
            let id = try await fixture.create(.retry, fixture.selection("{}"))
            let batches = try await fixture.carryOutAll(fixture.operations())
            #expect(batches.flatMap(\.announcements).count == 3)
            #expect(try await fixture.operation(id).skipped == 0)
        }
    }

    @Test func everyMemberOfAFilterNarrows() async throws {
        try await StoreFixture.run { fixture in
            let acme = TenantName(validated: "acme")
            let meant = try await fixture.dead(of: "disk full") {
                $0.tenant = acme
                $0.queue = QueueName(validated: "mail")
                $0.tags = ["nightly"]
            }
            _ = try await fixture.dead { $0.queue = QueueName(validated: "mail") }
            _ = try await fixture.dead(of: "other") { $0.tenant = acme }
            let groups = try await fixture.stores.deadLetters.groups(matching: DeadLetterFilter(), limit: 9).groups
            let fingerprint = try #require(groups.first { $0.sampleError == "disk full" }).fingerprint
            for (filter, count) in [
                (#"{"queue": "mail"}"#, 2), (#"{"type": "noop"}"#, 3), (#"{"type": "other"}"#, 0),
                (#"{"tag": "nightly"}"#, 1),
                (#"{"state": "dead", "fingerprint": "\#(fingerprint)"}"#, 1),
                (#"{"created_before": "2001-01-01T00:00:00Z"}"#, 0),
                (#"{"created_after": "2001-01-01T00:00:00Z"}"#, 3), (#"{"state": "dead", "reason": "discarded"}"#, 3),
                (#"{"state": "dead", "died_before": "2001-01-01T00:00:00Z"}"#, 0),
                (#"{"state": "dead", "reason": "unhandled"}"#, 0),
                (#"{"state": "dead", "died_after": "2001-01-01T00:00:00Z"}"#, 3),
                (#"{"state": ["queued", "retrying"]}"#, 0),
            ] {
                let found = try await fixture.stores.operations.preview(fixture.selection(filter), .retry, examples: 9)
                #expect(found.matched == count, "\(filter)")
            }
            let own = try await fixture.stores.operations.preview(
                fixture.selection(#"{"queue": "mail"}"#, of: acme),
                .retry,
                examples: 9
            )
            #expect(own.examples == [meant])
        }
    }

    @Test func idsOfOthersAndOfNobodyAreSkipped() async throws {
        try await StoreFixture.run { fixture in
            let own = try await fixture.dead()
            let foreign = try await fixture.dead { $0.tenant = TenantName(validated: "acme") }
            let waiting = try await fixture.submit { $0.runAt = Date().addingTimeInterval(3_600) }
            for kind in BulkOperation.Kind.allCases {
                let ids = [foreign, JobID.make()] + (kind == .retry ? [own, waiting] : [])
                let id = try await fixture.create(kind, BulkOperationSelection(ids, of: .default))
                try await fixture.carryOutAll(fixture.operations(1))
                let operation = try await fixture.operation(id)
                #expect((operation.changed, operation.skipped) == (kind == .retry ? 2 : 0, 2), "\(kind)")
            }
            #expect(try await fixture.job(foreign).state == .dead)
            #expect(try await [fixture.job(own).state, fixture.job(waiting).state] == [.queued, .queued])
        }
    }

    @Test func whatIsStoredLaterIsNotMeantAndWhatDiesAgainIsNotRetriedAgain() async throws {
        try await StoreFixture.run { fixture in
            let jobs = [try await fixture.dead(), try await fixture.dead(), try await fixture.dead()]
            let id = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#))
            let later = try await fixture.dead()
            let store = fixture.operations(1)
            while try await store.carryOutBatch() != nil {
                // Whatever was retried dies at once.
                for job in jobs where try await fixture.job(job).state == .queued {
                    _ = try await fixture.claim(job, run: 2)
                    try await fixture.end(job, run: 2, .failure(RunFailure(kind: "error", error: "x", isFinal: true)))
                }
            }
            let operation = try await fixture.operation(id)
            #expect(operation.state == .done && operation.changed == 3)
            for job in jobs { #expect(try await fixture.job(job).run == 2) }
            #expect(try await fixture.job(later).run == 1)
        }
    }

    @Test func aLimitAndARateBoundWhatIsDone() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<6 { _ = try await fixture.dead() }
            let limited = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#), limit: 3)
            try await fixture.carryOutAll(fixture.operations(2))
            #expect(try await fixture.operation(limited).changed == 3)
            let paced = try await fixture.create(.delete, fixture.selection(#"{"state": "dead"}"#), rate: 0.5)
            #expect(try await fixture.carryOutAll(fixture.operations()).map(\.changed) == [1])
            let next = try #require(try await fixture.stores.operations.untilNext())
            #expect(next > .milliseconds(500) && next <= .seconds(2))
            #expect(try await fixture.operation(paced).state == .running)
        }
    }

    @Test func aStopIsAnsweredAtOnceAndUndoesTheBatchThatIsUnderWay() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<6 { _ = try await fixture.dead() }
            let id = try await fixture.create(.delete, fixture.selection(#"{"state": "dead"}"#))
            let store = fixture.operations(2)
            _ = try await store.carryOutBatch()
            try await fixture.withPool(2) { other in
                try await other.withConnection { holder in
                    // The batch waits for what somebody holds; the stop does not wait for the batch.
                    try await holder.execute("begin; lock table job_logs in access exclusive mode")
                    async let batch = store.carryOutBatch()
                    try await fixture.waitUntilBlocked()
                    let stopped = try await fixture.stores.operations.stop(id, of: nil, by: StoreFixture.actor)
                    #expect(stopped?.state == .stopped && stopped?.changed == 2)
                    try await holder.execute("rollback")
                    #expect(try await batch == nil)
                }
            }
            #expect(try await fixture.carryOutAll(store).isEmpty)
            #expect(try await fixture.operation(id).changed == 2)
            #expect(try await fixture.number("select count(*) from jobs_dead") == 4)
            #expect(try await fixture.stores.operations.stop(id, of: nil, by: StoreFixture.actor)?.state == .stopped)
            #expect(
                try await fixture.stores.operations.stop(id, of: TenantName(validated: "acme"), by: StoreFixture.actor)
                    == nil
            )
        }
    }

    @Test func whereThereIsNoRoomAnOperationWaitsAndSaysSo() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<5 { _ = try await fixture.dead() }
            var limits = UsualLimits()
            limits.queueDepth = 3
            let id = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#))
            let store = fixture.operations(4, limits)
            try await fixture.carryOutAll(store)
            var operation = try await fixture.operation(id)
            #expect((operation.state, operation.changed) == (.running, 3))
            #expect(operation.error?.contains("there is no room") == true)
            _ = try await fixture.pull(2)
            try await fixture.sql("update operations set next_at = now()")
            try await fixture.carryOutAll(store)
            operation = try await fixture.operation(id)
            #expect((operation.state, operation.changed, operation.error) == (.done, 5, nil))
            try await fixture.expectCountersToMatchRows("no room")
        }
    }

    @Test func anOperationOfATenantThatRestsWaitsWithIt() async throws {
        try await StoreFixture.run { fixture in
            let acme = TenantName(validated: "acme")
            _ = try await fixture.dead { $0.tenant = acme }
            _ = try await fixture.stores.tenants.create(acme, limits: [:], by: StoreFixture.actor)
            let id = try await fixture.create(.retry, fixture.selection("{}", of: acme))
            _ = try await fixture.stores.tenants.change(acme, .suspend, ifVersion: nil, by: StoreFixture.actor)
            #expect(try await fixture.carryOutAll(fixture.operations()).isEmpty)
            #expect(try await fixture.stores.operations.untilNext() == nil)
            _ = try await fixture.stores.tenants.change(acme, .resume, ifVersion: nil, by: StoreFixture.actor)
            #expect(try await fixture.carryOutAll(fixture.operations()).map(\.changed) == [1])
            #expect(try await fixture.operation(id).state == .done)
            // With the tenant its operations go.
            _ = try await fixture.stores.tenants.change(acme, .suspend, ifVersion: nil, by: StoreFixture.actor)
            _ = try await fixture.stores.tenants.change(acme, .delete, ifVersion: nil, by: StoreFixture.actor)
            while case .went = try await fixture.stores.tenants.removeStep(settling: .zero) {}
            #expect(try await fixture.number("select count(*) from operations") == 0)
        }
    }

    @Test func aMergePatchChangesPayloadsAndNothingElseOfThem() async throws {
        try await StoreFixture.run { fixture in
            let payload = #"{ "n": 12345678901234567890.10, "old": true, "in": {"a": 1, "b": 2} }"#
            let dead = try await fixture.dead { $0.payload = Array(payload.utf8) }
            let waiting = try await fixture.submit {
                $0.payload = Array("[1]".utf8)
                $0.runAt = Date().addingTimeInterval(3_600)
            }
            let full = try await fixture.dead {
                $0.payload = Array("\"\(String(repeating: "x", count: 1 << 20 - 2))\"".utf8)
            }
            let patch = #"{"old": null, "in": {"b": 3}, "new": 1.0}"#
            let id = try await fixture.create(.retry, fixture.selection("{}"), patch: patch)
            try await fixture.carryOutAll(fixture.operations(10))
            #expect(try await fixture.operation(id).changed == 3)
            let new = try await fixture.job(dead)
            #expect(
                String(decoding: new.payload, as: UTF8.self)
                    == #"{"n":12345678901234567890.10,"in":{"a":1,"b":3},"new":1.0}"#
            )
            #expect(
                try await String(decoding: fixture.job(waiting).payload, as: UTF8.self) == #"{"in":{"b":3},"new":1.0}"#
            )
            #expect(try await fixture.job(full).state == .queued)
            let stored = try await fixture.number("select sum(stored)::int8 from job_counters")
            #expect(try await fixture.number("select sum(payload_bytes)::int8 from jobs_live") == stored)
        }
    }

    @Test func aPayloadThatWouldBecomeTooLargeIsSkipped() async throws {
        try await StoreFixture.run { fixture in
            let text = String(repeating: "x", count: 1 << 20 - 20)
            let id = try await fixture.dead { $0.payload = Array(#"{"text":"\#(text)"}"#.utf8) }
            let patch = #"{"more": "twenty and some more bytes"}"#
            let operation = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#), patch: patch)
            try await fixture.carryOutAll(fixture.operations())
            #expect(try await fixture.operation(operation).skipped == 1)
            #expect(try await fixture.job(id).state == .dead)
        }
    }

    @Test func aFilterOfAnotherVersionFailsAndLetsOthersGoOn() async throws {
        try await StoreFixture.run { fixture in
            _ = try await fixture.dead()
            let broken = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#))
            try await fixture.sql(#"update operations set filter = '{"colour": "red"}'"#)
            let good = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#))
            try await fixture.carryOutAll(fixture.operations())
            #expect(try await fixture.operation(broken).state == .failed)
            #expect(try await fixture.operation(broken).error?.contains("colour") == true)
            #expect(try await fixture.operation(good).changed == 1)
        }
    }

    @Test func onlySoManyGoOnAtOnceAndOldOnesAreRemoved() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<BulkOperationStore.mostOfTenant {
                _ = try await fixture.create(.retry, fixture.selection("{}"))
            }
            await #expect(throws: TooManyOperations.self) {
                _ = try await fixture.create(.retry, fixture.selection("{}"))
            }
            try await fixture.carryOutAll(fixture.operations())
            _ = try await fixture.create(.retry, fixture.selection("{}"))
            #expect(try await fixture.stores.operations.deleteOld(olderThan: .seconds(60), limit: 100) == 0)
            let removed = try await fixture.stores.operations.deleteOld(olderThan: .zero, limit: 100)
            #expect(removed == BulkOperationStore.mostOfTenant)
            #expect(try await fixture.stores.operations.operations(of: nil, .waiting, after: nil, limit: 9).count == 1)
        }
    }

    @Test func whoDidWhatIsOnRecord() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.create(.retry, fixture.selection(#"{"state": "dead"}"#))
            try await fixture.carryOutAll(fixture.operations())
            let records = try await fixture.stores.audit.records(by: nil, action: nil, after: nil, limit: 9).elements
            #expect(records.map(\.action) == ["operations.end", "operations.create"])
            #expect(
                records.allSatisfy { $0.target == id.description } && records.map(\.actor) == ["(scheduler)", "root"]
            )
        }
    }
}
