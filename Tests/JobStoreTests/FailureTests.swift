import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// What becomes of a run that did not succeed. SQL decides; these tests hold it against what is to be decided.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    /// What is to become of a job whose run failed.
    private func expected(attempt: Int, of maxAttempts: Int, isFinal: Bool, isCancelled: Bool) -> (JobState, String?) {
        if isCancelled { return (.cancelled, nil) }
        if isFinal { return (.dead, "discarded") }
        return attempt < maxAttempts ? (.retrying, nil) : (.dead, "attempts_exhausted")
    }

    @Test func anotherAttemptFollowsUnlessItIsPointlessOrNoneIsLeft() async throws {
        try await StoreFixture.run { fixture in
            for attempt in 1...3 {
                for variant in 0..<4 {
                    let (isFinal, isCancelled) = (variant & 1 > 0, variant & 2 > 0)
                    let id = try await fixture.submit { $0.maxAttempts = 3 }
                    try await fixture.sql("update jobs_live set attempt = \(attempt - 1) where id = '\(id)'")
                    try #require(try await fixture.claim(id, run: 1) != nil)
                    if isCancelled { _ = try await fixture.stores.cancellations.cancel(id, of: nil) }
                    let failure = RunFailure(kind: "error", error: "no", isFinal: isFinal, retryAfter: .seconds(500))
                    let before = try await fixture.stores.deadLetters.now()
                    let ended = try await fixture.end(id, run: 1, .failure(failure))
                    let after = try await fixture.stores.deadLetters.now()
                    let job = try await fixture.job(id)
                    let (state, reason) = expected(
                        attempt: attempt,
                        of: 3,
                        isFinal: isFinal,
                        isCancelled: isCancelled
                    )
                    #expect((job.state, job.reason) == (state, reason), "\(attempt) \(isFinal) \(isCancelled)")
                    #expect((job.attempt, job.error) == (attempt, "no"))
                    #expect(ended.deaths.count == (state == .dead ? 1 : 0))
                    #expect((ended.retried, ended.cancelled) == (state == .retrying ? 1 : 0, isCancelled ? 1 : 0))
                    guard state == .retrying else { continue }
                    let due = try #require(job.runAt)
                    #expect(due >= before.addingTimeInterval(500) && due <= after.addingTimeInterval(500))
                }
            }
            try await fixture.expectCountersToMatchRows("failures of all kinds")
        }
    }

    /// The fingerprint is made in three places in SQL and in one in Swift.
    @Test(arguments: [
        "connection to 10.0.0.7:5432 refused after 1.25s", "", "\n\n  zweite Zeile: ä \"x\" 'y'", "plain",
        #"back\slash \x00 "#,
    ])
    func theFingerprintIsTheSameWhoeverMakesIt(error: String) async throws {
        try await StoreFixture.run { fixture in
            let failed = try await fixture.submitAndClaim()
            let failure = RunFailure(kind: "time out", error: error, isFinal: true)
            let death = try #require(try await fixture.end(failed, run: 1, .failure(failure)).deaths.first)
            #expect(death.fingerprint == ErrorFingerprint(type: "noop", kind: "time out", error: error).rawValue)

            let name = "host-7 \(error)"
            let worker = try await fixture.open(name: name).key
            let lost = try await fixture.submit { $0.maxAttempts = 1 }
            _ = try await fixture.claim(lost, run: 1, by: worker)
            try await fixture.expireLeases(of: worker.worker)
            let loss = try #require(try await fixture.stores.leases.endExpired(limit: 10).ended.deaths.first)
            #expect(loss.error == "the lease of worker '\(name)' ran out")
            #expect(loss.fingerprint == ErrorFingerprint(type: "noop", kind: "lost", error: loss.error).rawValue)

            _ = try await fixture.submit { $0.type = JobType(validated: "new") }
            _ = try await fixture.stores.backlogs.tend(limit: 10)
            try await fixture.sql("update jobs_live set queued_at = queued_at - interval '2 hours'")
            try await fixture.sql("update unhandled_backlogs set since = since - interval '2 hours'")
            let buried = try #require(
                try await fixture.stores.backlogs.buryUnhandled(after: .seconds(1), limit: 1).first
            )
            #expect(
                buried.fingerprint == ErrorFingerprint(type: "new", kind: "no_handler", error: buried.error).rawValue
            )
            for letter in try await fixture.stores.deadLetters.letters(matching: .init(), after: nil, limit: 9).elements
            {
                #expect([death, loss, buried].contains { $0.id == letter.id && $0.fingerprint == letter.fingerprint })
            }
        }
    }
}
