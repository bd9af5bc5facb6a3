import Foundation
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    @Test func isReadyWithoutChecks() async throws {
        let report = await Readiness().report()
        #expect(report.isReady)
        #expect(String(decoding: report.json, as: UTF8.self) == #"{"status":"ready","checks":[]}"#)
    }

    @Test func saysWhatFailsAndWhy() async throws {
        let readiness = Readiness()
        await readiness.addCheck("postgres") {}
        await readiness.addCheck("kafka") { throw Failure(description: "no broker answered \"ping\"") }
        let report = await readiness.report()
        #expect(!report.isReady)
        let object = try jsonObject(String(decoding: report.json, as: UTF8.self))
        #expect(object["status"] as? String == "not_ready")
        let checks = try #require(object["checks"] as? [[String: Any]])
        #expect(checks.map { $0["name"] as? String } == ["postgres", "kafka"])
        #expect(checks.map { $0["status"] as? String } == ["pass", "fail"])
        #expect(checks.map { $0["reason"] as? String } == [nil, "no broker answered \"ping\""])
        #expect(checks.allSatisfy { $0["checked_at"] is String && $0["duration_ms"] is Double })
    }

    @Test func aHangingCheckFails() async {
        let readiness = Readiness()
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        await readiness.addCheck("redis", within: .milliseconds(10)) {
            await Task { for await _ in never {} }.value
        }
        let report = await readiness.report()
        #expect(report.checks.map(\.failure) == ["no answer within 0.01 seconds"])
        end.finish()
    }

    @Test func resultsAreGoodForAWhile() async {
        let time = Mutex(ContinuousClock.now)
        let runs = Atomic(0)
        let readiness = Readiness(freshness: .seconds(1)) { time.withLock { $0 } }
        await readiness.addCheck("postgres") { runs.add(1, ordering: .relaxed) }
        _ = await readiness.report()
        time.withLock { $0 += .milliseconds(999) }
        _ = await readiness.report()
        #expect(runs.load(ordering: .relaxed) == 1)
        time.withLock { $0 += .milliseconds(1) }
        _ = await readiness.report()
        #expect(runs.load(ordering: .relaxed) == 2)
    }

    @Test func aGateCountsAtOnce() async {
        let readiness = Readiness(freshness: .seconds(3_600))
        let gate = await readiness.addGate("accepting", closedBecause: "starting")
        #expect(await readiness.report().checks.map(\.failure) == ["starting"])
        gate.open()
        #expect(await readiness.report().isReady)
        gate.close(because: "draining")
        #expect(await readiness.report().checks.map(\.failure) == ["draining"])
    }
}
