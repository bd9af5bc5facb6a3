import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import JobCore
@testable import JobService

/// Nothing that comes from the wire is believed, and nothing of it ends the process.
@Suite struct ControlMessagesTests {
    private let worker = WorkerID.make()
    private let job = JobID.make()

    private func outcome(_ change: (inout ControlOutcome) -> Void) -> RunOutcome? {
        var message = ControlOutcome()
        message.jobID = job.bytes
        message.run = 1
        change(&message)
        return RunOutcome(message, worker: worker)
    }

    @Test(
        arguments: [(UInt32, Bool)]([
            (0, false), (1, true), (2_147_483_647, true), (2_147_483_648, false), (3_000_000_000, false), (.max, false),
        ])
    )
    func aRunHasANumberThatCanBeOne(number: UInt32, isGood: Bool) {
        let key = RunKey(
            .with {
                $0.jobID = job.bytes
                $0.run = number
            }
        )
        #expect((key != nil) == isGood)
        // Outcomes are acknowledged whatever they name: an old fence changes nothing.
        let outcome = outcome {
            $0.run = number
            $0.success = .init()
        }
        #expect(outcome?.fence == RunFence(run: Int(number), worker: worker))
    }

    @Test func whatNamesNoJobOrSaysNothingIsRefused() {
        #expect(outcome { _ in } == nil)
        #expect(
            outcome {
                $0.jobID = Data([1, 2, 3])
                $0.success = .init()
            } == nil
        )
        #expect(RunKey(ControlRun()) == nil)
    }

    @Test(arguments: ["oops", "{", "[1,]", "\u{FEFF}1", "1 2", #""\ud800""#, "nul"])
    func aResultThatIsNoJSONMakesTheRunAFailure(result: String) {
        let reported = outcome { $0.success.result = Data(result.utf8) }
        guard case .failure(let failure) = reported?.kind else {
            Issue.record("it was taken: \(result)")
            return
        }
        #expect(failure.kind == "error" && failure.error.hasPrefix("the result is no JSON"))
        #expect(!failure.isFinal)
    }

    @Test func aResultIsTakenToTheByteUpToItsLimit() {
        let text = "\"\(String(repeating: "x", count: RunResult.maxBytes - 2))\""
        guard case .success(let taken) = outcome({ $0.success.result = Data(text.utf8) })?.kind else {
            Issue.record("it was refused")
            return
        }
        #expect(taken == Array(text.utf8))
        guard case .failure(let failure) = outcome({ $0.success.result = Data((text + " ").utf8) })?.kind else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.error.contains("1048577 bytes"))
        guard case .success(nil) = outcome({ $0.success.result = Data() })?.kind else {
            Issue.record("a handler need not have a result")
            return
        }
    }

    @Test func textsAreMadeSuchAsCanBeKept() {
        let reported = outcome {
            $0.failure.kind = "a\0" + String(repeating: "k", count: 500)
            $0.failure.error = "\0ä" + String(repeating: "ü", count: 20_000)
            $0.failure.retryAfterMs = .max
            $0.failure.discard = true
        }
        guard case .failure(let failure) = reported?.kind else {
            Issue.record("it was refused")
            return
        }
        #expect(failure.kind.utf8.count <= RunFailure.maxKindBytes && failure.kind.hasPrefix("akk"))
        #expect(failure.error.utf8.count <= RunFailure.maxErrorBytes && failure.error.hasPrefix("äü"))
        #expect(failure.error.utf8.count > RunFailure.maxErrorBytes - 10)
        #expect(failure.isFinal && failure.retryAfter <= .seconds(366 * 86_400) && failure.retryAfter > .zero)
    }

    @Test func aReleaseMayHaveADelay() {
        for (delay, expected) in [(nil, nil), (UInt64(0), Duration.zero), (1_500, .milliseconds(1_500))]
            as [(UInt64?, Duration?)]
        {
            let reported = outcome {
                $0.release = .init()
                if let delay { $0.release.delayMs = delay }
            }
            guard case .release(let taken) = reported?.kind else {
                Issue.record("it was refused")
                return
            }
            #expect(taken == expected)
        }
    }

    @Test func aBacklogIsOneWithValidNames() {
        let good = ControlBacklog(.sample())
        #expect(Backlog(good) == .sample())
        let changes: [(inout ControlBacklog) -> Void] = [
            { $0.tenant = "" }, { $0.tenant = "a.b" }, { $0.queue = "a b" }, { $0.type = "\0" },
            { $0.priority = .unspecified }, { $0.priority = .UNRECOGNIZED(77) },
        ]
        for change in changes {
            var bad = good
            change(&bad)
            #expect(Backlog(bad) == nil, "\(bad)")
        }
        for priority in Priority.allCases { #expect(ControlPriority(priority).priority == priority) }
    }

    @Test func aTextIsCutToItsLimitWhateverItsLetters() {
        var generator = SeededGenerator()
        let letters = Array("aä漢🧑‍🚀\0e\u{301}")
        for _ in 0..<500 {
            let text = String((0..<40).map { _ in letters.randomElement(using: &generator) ?? "a" })
            let limit = Int.random(in: 4...120, using: &generator)
            let kept = text.storable(maxBytes: limit)
            #expect(kept.utf8.count <= limit, "seed \(generator.seed): \(text.debugDescription)")
            #expect(!kept.utf8.contains(0), "seed \(generator.seed): \(text.debugDescription)")
        }
    }
}
