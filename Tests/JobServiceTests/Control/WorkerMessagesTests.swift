import Foundation
import GRPC
import SwiftProtobuf
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// Nothing that comes from the wire is believed, and nothing of it ends the process.
@Suite struct WorkerMessagesTests {
    private static let session = WorkerSessionKey(worker: .make(), session: 1)
    private static let caller = Caller(
        principal: Principal(subject: "w", tenant: .default, role: .worker),
        credential: .workerToken
    )
    private static let now: Int64 = 1_800_000_000_000_000
    private static let day: Int64 = 86_400_000_000

    private static func hello(_ change: (inout ControlHello) -> Void) throws(GRPCError) -> WorkerHello {
        var message = ControlHello()
        message.secret = Data(repeating: 7, count: 32)
        message.name = "w"
        message.slots = 8
        change(&message)
        return try WorkerHello(message, of: caller)
    }

    private static func exchange(
        tenant: TenantName? = nil,
        _ change: (inout ControlExchange) -> Void
    ) throws(GRPCError) -> WorkerExchange {
        var message = ControlExchange()
        change(&message)
        let scope = WorkerScope(tenant: tenant, queues: [], types: [JobType(validated: "noop")])
        return try WorkerExchange(message, of: session, in: scope, at: now)
    }

    private static func outcome(_ change: (inout ControlOutcome) -> Void) throws(GRPCError) -> RunOutcome {
        try exchange { message in
            var outcome = ControlOutcome()
            outcome.jobID = Data(repeating: 1, count: 16)
            outcome.run = 1
            change(&outcome)
            message.outcomes = [outcome]
        }.outcomes[0]
    }

    // MARK: Bounds

    /// A field, and what it must not have.
    struct Case: Sendable, CustomTestStringConvertible {
        var field: String
        var read: @Sendable () throws(GRPCError) -> Void

        var testDescription: String { field }

        static func hello(_ field: String, _ change: @escaping @Sendable (inout ControlHello) -> Void) -> Case {
            Case(field: "hello.\(field)") { () throws(GRPCError) in _ = try WorkerMessagesTests.hello(change) }
        }

        static func exchange(_ field: String, _ change: @escaping @Sendable (inout ControlExchange) -> Void) -> Case {
            Case(field: "exchange.\(field)") { () throws(GRPCError) in _ = try WorkerMessagesTests.exchange(change) }
        }

        static func outcome(_ field: String, _ change: @escaping @Sendable (inout ControlOutcome) -> Void) -> Case {
            Case(field: "exchange.outcomes[0].\(field)") { () throws(GRPCError) in
                _ = try WorkerMessagesTests.outcome(change)
            }
        }

        static func backlog(_ field: String, _ change: @escaping @Sendable (inout ControlBacklog) -> Void) -> Case {
            exchange("dropped[1].backlog\(field)") { exchange in
                var bad = ControlBacklog(.sample())
                change(&bad)
                exchange.dropped = [.with { $0.backlog = ControlBacklog(.sample()) }, .with { $0.backlog = bad }]
            }
        }

        static func note(_ field: String, _ change: @escaping @Sendable (inout ControlNote) -> Void) -> Case {
            exchange("notes[0].\(field)") { $0.notes = [WorkerMessagesTests.note(change)] }
        }

        static func submit(_ field: String, _ change: @escaping @Sendable (inout ControlSubmit) -> Void) -> Case {
            Case(field: "submit.\(field)") { () throws(GRPCError) in
                var message = ControlSubmit()
                message.parent = WorkerMessagesTests.run
                change(&message)
                _ = try WorkerSubmission(message)
            }
        }

        static func pull(_ field: String, _ change: @escaping @Sendable (inout ControlPull) -> Void) -> Case {
            exchange("pulls[0].\(field)") { exchange in
                var pull = ControlPull.some(1)
                change(&pull)
                exchange.pulls = [pull]
            }
        }
    }

    private static let run = ControlRun.with {
        $0.jobID = Data(repeating: 1, count: 16)
        $0.run = 1
    }

    private static func note(_ change: (inout ControlNote) -> Void) -> ControlNote {
        var note = ControlNote()
        (note.jobID, note.run) = (run.jobID, run.run)
        change(&note)
        return note
    }

    private static func run(_ change: (inout ControlRun) -> Void) -> ControlRun {
        var run = run
        change(&run)
        return run
    }

    static let cases: [Case] = [
        .hello("secret") { $0.secret = Data([1]) },
        .hello("secret") { $0.secret = Data(repeating: 1, count: 31) },
        .hello("secret") { $0.secret = Data(repeating: 1, count: 65) },
        .hello("name") { $0.name = String(repeating: "n", count: 3 << 20) },
        .hello("name") { $0.name = "a\0b" },
        .hello("slots") { $0.slots = 0 },
        .hello("slots") { $0.slots = 100_001 },
        .hello("slots") { $0.slots = .max },
        .hello("queues") { $0.queues = Array(repeating: "q", count: 10_001) },
        .hello("queues[2]") { $0.queues = ["a", "b", "c d"] },
        .hello("types") { $0.types = Array(repeating: "t", count: 10_001) },
        .hello("types[0]") { $0.types = [""] },
        .hello("types[0]") { $0.types = [String(repeating: "t", count: 3 << 20)] },
        .hello("type_limits") { hello in
            for n in 0...10_000 { hello.typeLimits["t\(n)"] = 1 }
        },
        .hello("type_limits") { $0.typeLimits = ["a b": 1] },
        .hello("type_limits[t]") { $0.typeLimits = ["t": 0] },
        .hello("type_limits[t]") { $0.typeLimits = ["t": 100_001] },
        .hello("runs") { $0.runs = Array(repeating: .init(), count: 50_001) },
        .hello("runs[1].job_id") { $0.runs = [run, run { $0.jobID = Data([1, 2, 3]) }] },
        .hello("runs[0].run") { $0.runs = [run { $0.run = 0 }] },
        .hello("runs[0].run") { $0.runs = [run { $0.run = 1 << 31 }] },
        .exchange("outcomes") { $0.outcomes = Array(repeating: .init(), count: 20_001) },
        .exchange("closed_batches") { $0.closedBatches = Array(repeating: 1, count: 20_001) },
        .exchange("closed_batches[1]") { $0.closedBatches = [1, -1] },
        .exchange("closed_batches[0]") { $0.closedBatches = [.min] },
        .exchange("claims") { $0.claims = Array(repeating: run, count: 2_001) },
        .exchange("claims[0].job_id") { $0.claims = [.init()] },
        .exchange("claims[0].run") { $0.claims = [run { $0.run = 3_000_000_000 }] },
        .exchange("pulls") { $0.pulls = Array(repeating: .some(1), count: 2_001) },
        .exchange("dropped") { $0.dropped = Array(repeating: .init(), count: 2_001) },
        .exchange("dropped[0].since") { exchange in
            exchange.dropped = [
                .with {
                    $0.backlog = ControlBacklog(.sample())
                    $0.since = 4_102_444_800_000_000
                }
            ]
        },
        .exchange("free") { $0.free = .max },
        .exchange("notes") { $0.notes = Array(repeating: .init(), count: 20_001) },
        .exchange("notes[0].job_id") { $0.notes = [.init()] },
        .note("run") { $0.run = 0 },
        .note("progress") { $0.progress = .nan },
        .note("progress") { $0.progress = 1.01 },
        .note("lines") { $0.lines = Array(repeating: .init(), count: 257) },
        .submit("parent.job_id") { $0.parent = .init() },
        .submit("jobs") { $0.jobs = Array(repeating: .init(), count: 1_001) },
        .submit("jobs") { $0.jobs = [.with { $0.document = Data(count: 2 << 20 | 1) }] },
        .pull("backlog") { $0.backlog = ControlBacklog(.sample(type: "unknown")) },
        .pull("backlog.queue") { $0.backlog.queue = "a b" },
        .pull("limit") { $0.limit = 0 },
        .pull("limit") { $0.limit = .max },
        .pull("since") { $0.since = -1 },
        .pull("since") { $0.since = .min },
        .pull("since") { $0.since = now + day + 1 },
        .backlog(".tenant") { $0.tenant = "" },
        .backlog(".tenant") { $0.tenant = "a.b" },
        .backlog(".queue") { $0.queue = String(repeating: "q", count: 101) },
        .backlog(".type") { $0.type = "\0" },
        .backlog(".priority") { $0.priority = .unspecified },
        .backlog(".priority") { $0.priority = .UNRECOGNIZED(77) },
        .outcome("job_id") { $0.jobID = Data([1, 2, 3]) },
        .outcome("run") { $0.run = 0 },
        .outcome("run") { $0.run = .max },
        .outcome("kind") { _ in },
        .outcome("failure.kind") { $0.failure.kind = "" },
        .outcome("failure.kind") { $0.failure.kind = "No\0thing" },
        .outcome("failure.kind") { $0.failure.kind = String(repeating: "k", count: 101) },
        Case(field: "heartbeat.running") { () throws(GRPCError) in _ = try WorkerHeartbeat(.with { $0.running = .max })
        },
    ]

    @Test(arguments: cases) func aFieldBeyondItsBoundIsRefusedByName(_ refused: Case) {
        do {
            try refused.read()
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("\(refused.field) "), "\(error.message)")
            #expect(error.message.utf8.count < 300)
        }
    }

    /// docs/grpc.md has a line for each field of each message that a worker sends.
    @Test func theBoundsAreDocumented() throws {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
        let proto = try String(
            contentsOf: root.appending(path: "Sources/JobCore/Protocol/Protos/control.proto"),
            encoding: .utf8
        )
        let docs = try String(contentsOf: root.appending(path: "docs/grpc.md"), encoding: .utf8)
        let sent = [
            "Hello", "Run", "Exchange", "Outcome", "Success", "Failure", "Release", "Pull", "Hint", "Backlog",
            "Heartbeat", "Note", "LogLine", "Submit", "ChildJob",
        ]
        for message in sent {
            let body = try #require(
                proto.split(separator: "message \(message) {\n").last?.split(separator: "\n}").first
            )
            let fields = body.matches(of: #/(?m)^ +(?:repeated |optional )?(?:map<\w+, \w+>|\w+) (\w+) = \d+;/#).map {
                String($0.1)
            }
            #expect(!fields.isEmpty)
            for field in fields {
                #expect(docs.contains("| `\(message).\(field)` |"), "\(message).\(field)")
            }
        }
    }

    @Test func whatIsWithinItsBoundIsTaken() throws {
        let hello = try Self.hello { hello in
            hello.secret = Data(repeating: 7, count: 64)
            hello.name = String(repeating: "n", count: 256)
            hello.slots = 100_000
            hello.queues = (0..<10_000).map { "q\($0)" }
            hello.typeLimits = ["t": 100_000, "u": 1]
            hello.runs = [Self.run { $0.run = UInt32(Int32.max) }]
        }
        #expect(hello.typeLimits.map(\.value).sorted() == [1, 100_000])
        #expect(
            hello.slots == 100_000 && hello.scope.queues.count == 10_000 && hello.runs.map(\.run) == [2_147_483_647]
        )
        let exchange = try Self.exchange { exchange in
            exchange.sequence = .max
            exchange.free = 100_000
            exchange.closedBatches = [.max]
            exchange.claims = Array(repeating: Self.run, count: 2_000)
            exchange.pulls = [.some(100_000)]
            exchange.pulls[0].since = Self.now + Self.day
        }
        #expect(exchange.pulls.map(\.limit) == [0], "no more than so many runs are asked for")
    }

    // MARK: What is cut, or fails alone

    @Test(arguments: ["oops", "{", "[1,]", "\u{FEFF}1", "1 2", #""\ud800""#, "nul"])
    func aResultThatIsNoJSONMakesTheRunAFailure(result: String) throws {
        let reported = try Self.outcome { $0.success.result = Data(result.utf8) }
        guard case .failure(let failure) = reported.kind else {
            Issue.record("it was taken: \(result)")
            return
        }
        #expect(failure.kind == "error" && failure.error.hasPrefix("the result is no JSON"))
        #expect(!failure.isFinal)
    }

    @Test func aResultIsTakenToTheByteUpToItsLimit() throws {
        let text = "\"\(String(repeating: "x", count: RunResult.maxBytes - 2))\""
        guard case .success(let taken) = try Self.outcome({ $0.success.result = Data(text.utf8) }).kind else {
            Issue.record("it was refused")
            return
        }
        #expect(taken == Array(text.utf8))
        guard case .failure(let failure) = try Self.outcome({ $0.success.result = Data((text + " ").utf8) }).kind else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.error.contains("1048577 bytes"))
        guard case .success(nil) = try Self.outcome({ $0.success.result = Data() }).kind else {
            Issue.record("a handler need not have a result")
            return
        }
    }

    @Test func anErrorIsMadeSuchAsCanBeKept() throws {
        let reported = try Self.outcome {
            $0.failure.kind = "error"
            $0.failure.error = "\0ä" + String(repeating: "ü", count: 20_000)
            $0.failure.retryAfterMs = .max
            $0.failure.discard = true
        }
        guard case .failure(let failure) = reported.kind else {
            Issue.record("it was refused")
            return
        }
        #expect(failure.error.utf8.count <= RunFailure.maxErrorBytes && failure.error.hasPrefix("äü"))
        #expect(failure.error.utf8.count > RunFailure.maxErrorBytes - 10)
        #expect(failure.isFinal && failure.retryAfter <= .seconds(366 * 86_400) && failure.retryAfter > .zero)
    }

    @Test func aReleaseMayHaveADelay() throws {
        for (delay, expected) in [(nil, nil), (UInt64(0), Duration.zero), (1_500, .milliseconds(1_500))]
            as [(UInt64?, Duration?)]
        {
            let reported = try Self.outcome {
                $0.release = .init()
                if let delay { $0.release.delayMs = delay }
            }
            guard case .release(let taken) = reported.kind else {
                Issue.record("it was refused")
                return
            }
            #expect(taken == expected)
        }
    }

    @Test func whatAnotherTenantsBacklogsHaveIsPassedOver() throws {
        let hints = ["default", "other"].map { ControlHint(BacklogHint(.sample(tenant: $0), since: 1)) }
        #expect(try Self.exchange(tenant: .default) { $0.dropped = hints }.dropped.map(\.backlog) == [.sample()])
        #expect(try Self.exchange { $0.dropped = hints }.dropped.count == 2)
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
