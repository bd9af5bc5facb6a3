import Formats
import Foundation
import SwiftProtobuf
import TestSupport

@testable import JobCore

/// Makes a worker's messages of what is right, nearly right and absurd, and spoils the bytes of some.
///
/// They are of a type that has no fields, so that all of a message is kept as it is, whatever its bytes.
struct MessageFuzzer: Sendable {
    private let tenant: String
    private let known: Known
    private var generator: SeededGenerator
    private var secrets: [Data] = []
    private var grants: [ControlGrant] = []
    /// What is sent in thousands is small: a message of gigabytes would keep this process busy, and not the job-service.
    private var isSmall = false

    init(tenant: String, known: Known, seed: UInt64) {
        self.tenant = tenant
        self.known = known
        generator = SeededGenerator(seed: seed)
    }

    /// Takes in what was granted, to be reported, closed and named later, in other sessions.
    mutating func learn(_ grants: [ControlGrant]) {
        self.grants = Array((self.grants + grants).suffix(50))
    }

    /// What is sent in one session: mostly hello first.
    mutating func conversation() -> [ControlGoodbye] {
        var messages: [ControlWorkerMessage] = chance(19, in: 20) ? [.with { $0.hello = goodHello() }] : []
        for _ in 0..<Int.random(in: 0...8, using: &generator) { messages.append(message()) }
        return messages.enumerated().compactMap { place, message in
            place > 0 && chance(1, in: 6) ? spoiled(message) : raw(message)
        }
    }

    // MARK: Messages

    private mutating func message() -> ControlWorkerMessage {
        var message = ControlWorkerMessage()
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<12: message.exchange = exchange()
        case 12: message.submit = submit()
        case 13..<17:
            message.heartbeat.sequence = .random(in: 0 ... .max, using: &generator)
            message.heartbeat.running = chance(1, in: 4) ? number() : 1
        case 17: message.hello = goodHello()
        case 18: message.goodbye = .init()
        default: break
        }
        return message
    }

    private mutating func goodHello() -> ControlHello {
        var hello = ControlHello()
        hello.secret = secret()
        hello.name = chance(1, in: 8) ? text() : "mallory"
        hello.slots = chance(1, in: 8) ? number() : 8
        hello.types = ["noop"]
        if chance(1, in: 8) { hello.types += list { $0.text() } }
        if chance(1, in: 8) { hello.queues = list { $0.text() } }
        if chance(1, in: 4) { hello.runs = list { $0.run() } }
        return hello
    }

    private mutating func exchange() -> ControlExchange {
        var exchange = ControlExchange()
        exchange.sequence = .random(in: 0 ... .max, using: &generator)
        // Each exchange has something good, so that more than the first field is reached.
        if chance(1, in: 2) { exchange.pulls = [.some(5, of: own)] }
        if chance(1, in: 3) { exchange.outcomes = list { $0.outcome() } }
        if chance(1, in: 3) { exchange.closedBatches = list { $0.batch() } }
        if chance(1, in: 3) { exchange.claims = list { $0.run() } }
        if chance(1, in: 8) { exchange.pulls += list { $0.pull() } }
        if chance(1, in: 8) { exchange.dropped = list { $0.hint() } }
        if chance(1, in: 12) { exchange.free = number() }
        if chance(1, in: 3) { exchange.notes = list { $0.note() } }
        return exchange
    }

    private mutating func note() -> ControlNote {
        var note = ControlNote()
        let run = run()
        (note.jobID, note.run) = (run.jobID, run.run)
        if chance(1, in: 2) {
            note.progress = [0, 0.5, 1, -1, 2, .nan, .infinity].randomElement(using: &generator) ?? 0
            note.message = text()
        }
        if chance(1, in: 2) {
            note.lines = list { fuzzer in
                var line = ControlLogLine()
                (line.number, line.ageMs) = (fuzzer.number(), fuzzer.chance(1, in: 2) ? .max : UInt64(fuzzer.number()))
                (line.level, line.message) = (fuzzer.text(), fuzzer.text())
                return line
            }
        }
        if chance(1, in: 2) { note.checkpoint = chance(1, in: 2) ? Data(#"{"forged":1}"#.utf8) : Data(text().utf8) }
        return note
    }

    private mutating func submit() -> ControlSubmit {
        var submit = ControlSubmit()
        submit.sequence = .random(in: 0 ... .max, using: &generator)
        submit.parent = run()
        submit.jobs = list { fuzzer in
            var job = ControlChildJob()
            job.document = fuzzer.chance(1, in: 2) ? Data(#"{"type": "forged"}"#.utf8) : Data(fuzzer.text().utf8)
            job.key = fuzzer.text()
            return job
        }
        return submit
    }

    private mutating func outcome() -> ControlOutcome {
        var outcome = ControlOutcome()
        let run = run()
        (outcome.jobID, outcome.run) = (run.jobID, run.run)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0..<4: outcome.success.result = Data((chance(1, in: 2) ? #""forged""# : text()).utf8)
        case 4..<8:
            outcome.failure.kind = chance(1, in: 6) ? text() : "error"
            outcome.failure.error = text()
            outcome.failure.discard = chance(1, in: 2)
            outcome.failure.retryAfterMs = chance(1, in: 2) ? .max : UInt64(number())
        case 8..<10:
            outcome.release = .init()
            if chance(1, in: 2) { outcome.release.delayMs = chance(1, in: 2) ? .max : UInt64(number()) }
        case 10: outcome.cancelled = .init()
        default: break
        }
        return outcome
    }

    // MARK: Parts

    /// One of its own, one that was used before, or what everybody knows of another's.
    private mutating func secret() -> Data {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            let new = Data((0..<32).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
            secrets = Array((secrets + [new]).suffix(8))
            return new
        case 5..<8: return secrets.randomElement(using: &generator) ?? Data()
        case 8:
            let id = known.workers.randomElement(using: &generator)?.bytes ?? Data()
            return chance(1, in: 2) ? id + id : id
        default: return bytes()
        }
    }

    private mutating func run() -> ControlRun {
        var run = ControlRun()
        switch Int.random(in: 0..<12, using: &generator) {
        case 0..<5 where !grants.isEmpty:
            run = grants.randomElement(using: &generator)?.key ?? run
        case 0..<11:
            run.jobID = known.jobs.randomElement(using: &generator)?.bytes ?? Data()
            run.run = .random(in: 1...3, using: &generator)
        default:
            run.jobID = bytes()
            run.run = number()
        }
        return run
    }

    private mutating func batch() -> Int64 {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: grants.randomElement(using: &generator)?.batchID ?? 1
        case 4..<9: .random(in: 1...2_000, using: &generator)
        default: time()
        }
    }

    private mutating func pull() -> ControlPull {
        var pull = ControlPull()
        pull.backlog = chance(3, in: 4) ? ControlBacklog(own) : backlog()
        pull.limit = chance(3, in: 4) ? 1 : number()
        pull.since = chance(3, in: 4) ? 0 : time()
        return pull
    }

    private mutating func hint() -> ControlHint {
        var hint = ControlHint()
        hint.backlog = chance(3, in: 4) ? ControlBacklog(.sample()) : backlog()
        hint.since = chance(3, in: 4) ? 0 : time()
        return hint
    }

    private var own: Backlog { .sample(tenant: tenant) }

    private mutating func backlog() -> ControlBacklog {
        var backlog = chance(1, in: 2) ? ControlBacklog(own) : ControlBacklog(.sample())
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: backlog.tenant = text()
        case 1: backlog.queue = text()
        case 2: backlog.type = text()
        default: backlog.priority = .UNRECOGNIZED(Int(number() % 100))
        }
        return backlog
    }

    // MARK: Values

    private mutating func chance(_ part: Int, in whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &generator) < part
    }

    private mutating func number() -> UInt32 {
        [0, 1, 2, 1_000, 100_000, 100_001, 1 << 31 - 1, 1 << 31, .max].randomElement(using: &generator) ?? 0
    }

    private mutating func time() -> Int64 {
        [.min, -1, 0, 1, Date().microsecondsSince1970, 4_102_444_800_000_000, .max].randomElement(using: &generator)
            ?? 0
    }

    private mutating func bytes() -> Data {
        let count = [0, 1, 15, 16, 17, 31, 64, isSmall ? 65 : 100_000].randomElement(using: &generator) ?? 0
        return Data(repeating: .random(in: 0 ... .max, using: &generator), count: count)
    }

    private mutating func text() -> String {
        let long = !isSmall && chance(1, in: 40) ? 3 << 20 : 150
        return [
            "", "default", "q", "noop", tenant, "a b", "a.b", "\0", "é\u{301}🧑‍🚀", "{", #"{"a":1}"#,
            "'; drop table jobs_live; --",
            String(repeating: "x", count: long),
        ].randomElement(using: &generator) ?? ""
    }

    private mutating func list<Element>(_ body: (inout MessageFuzzer) -> Element) -> [Element] {
        if chance(1, in: 30) {
            isSmall = true
            defer { isSmall = false }
            return Array(repeating: body(&self), count: chance(1, in: 2) ? 2_001 : 20_001)
        }
        return (0..<Int.random(in: 0...6, using: &generator)).map { _ in body(&self) }
    }

    // MARK: Bytes

    private func raw(_ message: ControlWorkerMessage) -> ControlGoodbye? {
        guard let bytes: [UInt8] = try? message.serializedBytes() else { return nil }
        return try? ControlGoodbye(serializedBytes: bytes)
    }

    /// The message with some bytes within its only field changed, left out or put in.
    private mutating func spoiled(_ message: ControlWorkerMessage) -> ControlGoodbye? {
        let field: (UInt8, [UInt8]?) =
            switch message.kind {
            case .hello(let hello): (1, try? hello.serializedBytes())
            case .exchange(let exchange): (2, try? exchange.serializedBytes())
            case .heartbeat(let heartbeat): (3, try? heartbeat.serializedBytes())
            case .submit(let submit): (5, try? submit.serializedBytes())
            case .goodbye, nil: (4, [8, 1])
            }
        guard var bytes = field.1, bytes.count < 100_000 else { return nil }
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(.random(in: 0 ... .max, using: &generator), at: place)
            case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            default: bytes[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            }
        }
        var length = bytes.count
        var outer = [field.0 << 3 | 2]
        while length >= 0x80 {
            outer.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        outer.append(UInt8(length))
        return try? ControlGoodbye(serializedBytes: outer + bytes)
    }
}
