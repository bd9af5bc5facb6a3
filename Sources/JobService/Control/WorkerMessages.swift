import Concurrency
import Crypto
import Formats
import Foundation
import GRPC
import JobCore
import JobStore
import Telemetry

/// What workers send, read into what it means: nothing that comes from the wire is believed, and all of it is looked at here.
///
/// What a worker decides is refused beyond its bound, with `INVALID_ARGUMENT` and the field's name. What a handler's author decides is
/// not: a worker that is refused says the same again with its next session, for ever. So it is cut to its bound, or its run alone fails.
enum WorkerBounds {
    /// How many bytes of secret tell a worker from all others.
    static let secretBytes = 32...64
    /// How long a worker's name is, in bytes.
    static let nameBytes = 0...256
    /// How many runs a worker has, has room for or asks for, as a number.
    static let runs: ClosedRange<UInt32> = 1...100_000
    /// How many names of queues, and of types, a worker comes with.
    static let names = 0...10_000
    /// How many runs a worker comes with.
    static let heldRuns = 0...50_000
    /// How many outcomes, and numbers of claim batches, an exchange has.
    static let reports = 0...20_000
    /// How many claims, pulls and dropped backlogs an exchange has; no more runs than that are granted at a time.
    static let asked = 0...2_000
    /// How long the word for a failure is, in bytes.
    static let kindBytes = 1...RunFailure.maxKindBytes
    /// How far ahead of this process's clock a time may be: the database's clock may be another one.
    static let ahead = Duration.seconds(86_400)
    /// How many exchanges may be without an answer: a worker has two, and an urgent one.
    static let exchangesUnderWay = 4
    /// How many log lines a note has: no more are kept of a run.
    static let lines = 0...RunNote.maxLines
    /// How long the word for how serious a line is may be, in bytes, and how long ago it may have been written.
    static let (levelBytes, lineAge) = (20, Duration.seconds(86_400))
    /// How many jobs, and bytes of their documents, are submitted at a time.
    static let (submitted, documentBytes) = (0...1_000, 0...(2 << 20))
    /// How many submissions may be without an answer: a worker has one, and may have its answer before that is noted here.
    static let submissionsUnderWay = 2
    /// How many heartbeats may be without an answer: a worker gives a session up before it has sent as many.
    static let heartbeatsUnderWay = 16
}

/// A worker's wish to keep its lease, as it came.
struct WorkerHeartbeat: Sendable {
    var sequence: UInt64
    var running: Int

    /// Reads a heartbeat.
    ///
    /// - Throws: ``GRPCError`` that names the field that is beyond its bound.
    init(_ message: ControlHeartbeat) throws(GRPCError) {
        sequence = message.sequence
        running = Int(try bounded(message.running, 0...WorkerBounds.runs.upperBound, "heartbeat.running"))
    }
}

extension WorkerID {
    /// The id of who has a secret: a UUID of version 8 (RFC 9562, section 5.8) out of its SHA-256. Nobody finds a secret for an id, so who
    /// comes with one that gives the id is the worker, and there is nothing to keep or to compare.
    init(provedBy secret: some DataProtocol) {
        var bytes = Array(SHA256.hash(data: secret).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        self.init(bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
    }
}

extension WorkerHello {
    /// Reads a hello. A worker whose credential is a tenant's gets that tenant's jobs alone.
    ///
    /// - Throws: ``GRPCError`` that names the field that is beyond its bound.
    init(_ message: ControlHello, of caller: Caller) throws(GRPCError) {
        // Without a secret nobody can say hello as the same worker again.
        let worker =
            message.secret.isEmpty
            ? WorkerID.make()
            : WorkerID(provedBy: try counted(message.secret, WorkerBounds.secretBytes, "hello.secret", of: "bytes"))
        let name = try counted(message.name.utf8, WorkerBounds.nameBytes, "hello.name", of: "bytes")
        guard !name.contains(0) else { throw .field("hello.name", "has a NUL") }
        let queues = try counted(message.queues, WorkerBounds.names, "hello.queues", of: "names")
        let types = try counted(message.types, WorkerBounds.names, "hello.types", of: "names")
        let limits = try counted(message.typeLimits, WorkerBounds.names, "hello.type_limits", of: "names")
        let runs = try counted(message.runs, WorkerBounds.heldRuns, "hello.runs", of: "runs")
        self.init(
            worker: worker,
            name: message.name,
            slots: Int(try bounded(message.slots, WorkerBounds.runs, "hello.slots")),
            scope: WorkerScope(
                tenant: caller.servedTenant,
                queues: Set(
                    try read(queues, "hello.queues") { (text, field) throws(GRPCError) in try named(text, field) }
                ),
                types: Set(try read(types, "hello.types") { (text, field) throws(GRPCError) in try named(text, field) })
            ),
            typeLimits: try read(limits),
            runs: try read(runs, "hello.runs") { (run, field) throws(GRPCError) in
                try RunKey(job: run.jobID, run: run.run, field)
            }
        )
    }
}

/// Reads a hello's limits of types.
private func read(_ limits: [String: UInt32]) throws(GRPCError) -> [JobType: Int] {
    var known: [JobType: Int] = [:]
    for (text, limit) in limits {
        let type: JobType = try named(text) { "hello.type_limits" }
        known[type] = Int(try bounded(limit, WorkerBounds.runs, "hello.type_limits[\(type)]"))
    }
    return known
}

extension WorkerExchange {
    /// Reads an exchange of a session.
    ///
    /// - Parameter now: The time by which times from the wire are judged, in microseconds since 1970.
    /// - Throws: ``GRPCError`` that names the field that is beyond its bound.
    init(
        _ message: ControlExchange,
        of session: WorkerSessionKey,
        in scope: WorkerScope,
        at now: Int64 = Date().microsecondsSince1970
    ) throws(GRPCError) {
        self.init(session: session, tenant: scope.tenant)
        sequence = message.sequence
        free = Int(try bounded(message.free, 0...WorkerBounds.runs.upperBound, "exchange.free"))
        let said = try counted(message.notes, WorkerBounds.reports, "exchange.notes", of: "notes")
        notes = try read(said, "exchange.notes") { (note, field) throws(GRPCError) in
            try RunNote(note, by: session.worker, field)
        }
        let reported = try counted(message.outcomes, WorkerBounds.reports, "exchange.outcomes", of: "outcomes")
        outcomes = try read(reported, "exchange.outcomes") { (outcome, field) throws(GRPCError) in
            try RunOutcome(outcome, by: session.worker, field)
        }
        for outcome in message.outcomes where !outcome.trace.isEmpty {
            if let trace = TraceContext(stored: outcome.trace), trace.isSampled { traces.append(trace.stored) }
        }
        let closed = try counted(message.closedBatches, WorkerBounds.reports, "exchange.closed_batches", of: "numbers")
        closings = try read(closed, "exchange.closed_batches") { (number, field) throws(GRPCError) in
            try bounded(number, 1...Int64.max, field())
        }
        let named = try counted(message.claims, WorkerBounds.asked, "exchange.claims", of: "runs")
        claims = try read(named, "exchange.claims") { (run, field) throws(GRPCError) in
            try RunKey(job: run.jobID, run: run.run, field)
        }
        let times = 0...(now + WorkerBounds.ahead.millisecondsTruncated * 1_000)
        var room = WorkerBounds.asked.upperBound - claims.count
        let asked = try counted(message.pulls, WorkerBounds.asked, "exchange.pulls", of: "pulls")
        pulls = try read(asked, "exchange.pulls") { (pull, field) throws(GRPCError) in
            let backlog = try Backlog(pull.backlog) { "\(field()).backlog" }
            guard scope.contains(backlog) else {
                throw .field("\(field()).backlog", "is not one that the worker said it serves, or not its tenant's")
            }
            let limit = min(Int(try bounded(pull.limit, WorkerBounds.runs, "\(field()).limit")), room)
            room -= limit
            return (BacklogHint(backlog, since: try bounded(pull.since, times, "\(field()).since")), limit)
        }
        let told = try counted(message.dropped, WorkerBounds.asked, "exchange.dropped", of: "backlogs")
        dropped = try read(told, "exchange.dropped") { (hint, field) throws(GRPCError) in
            let backlog = try Backlog(hint.backlog) { "\(field()).backlog" }
            return BacklogHint(backlog, since: try bounded(hint.since, times, "\(field()).since"))
        }
        // A worker of one tenant hears the records of all: what others have is none of its business.
        if let tenant = scope.tenant { dropped.removeAll { $0.backlog.tenant != tenant } }
    }
}

/// Jobs that a handler submits, as they came.
struct WorkerSubmission: Sendable {
    var sequence: UInt64
    var parent: RunKey
    var jobs: [ControlChildJob]
    /// The place in the run's trace where the handler submits them.
    var trace: String?

    /// Reads a submission. What is wrong with a job is answered to its handler.
    ///
    /// - Throws: ``GRPCError`` that names the field that is beyond its bound.
    init(_ message: ControlSubmit) throws(GRPCError) {
        sequence = message.sequence
        parent = try RunKey(job: message.parent.jobID, run: message.parent.run) { "submit.parent" }
        jobs = try counted(message.jobs, WorkerBounds.submitted, "submit.jobs", of: "jobs")
        trace = TraceContext(stored: message.trace)?.stored
        let bytes = jobs.reduce(0) { $0 + $1.document.count }
        guard WorkerBounds.documentBytes.contains(bytes) else {
            throw .field("submit.jobs", "have \(bytes) bytes; they may have \(WorkerBounds.documentBytes.upperBound)")
        }
    }
}

extension RunNote {
    /// Reads a note. What a handler says is cut to its bounds, and a checkpoint that is no JSON, or too large, is not kept.
    fileprivate init(_ message: ControlNote, by worker: WorkerID, _ field: () -> String) throws(GRPCError) {
        let key = try RunKey(job: message.jobID, run: message.run, field)
        self.init(source: Source(job: key.job, fence: RunFence(run: key.run, worker: worker)))
        if message.hasProgress {
            let fraction = try bounded(message.progress, 0...1, "\(field()).progress")
            progress = Progress(fraction, message.message.storable(maxBytes: Self.maxMessageBytes))
        }
        // Of two lines in one place the later one is kept.
        var places: Set<Int> = []
        for line in try counted(message.lines, WorkerBounds.lines, "\(field()).lines", of: "lines").reversed() {
            let number = Int(min(line.number, UInt32(Int32.max)))
            guard places.insert(number % Self.maxLines).inserted else { continue }
            let age = Int64(min(line.ageMs, UInt64(WorkerBounds.lineAge.millisecondsTruncated)))
            lines.append(
                Line(
                    number: number,
                    age: .milliseconds(age),
                    level: line.level.storable(maxBytes: WorkerBounds.levelBytes),
                    message: line.message.storable(maxBytes: Self.maxMessageBytes)
                )
            )
        }
        lines.reverse()
        let json = [UInt8](message.checkpoint)
        if !json.isEmpty, json.count <= Self.maxCheckpointBytes, (try? RunResult.check(json)) != nil {
            checkpoint = json
        }
    }
}

extension RunOutcome {
    /// Reads an outcome. A result that is no JSON, or too large, makes the run a failure: the database would refuse it.
    fileprivate init(_ message: ControlOutcome, by worker: WorkerID, _ field: () -> String) throws(GRPCError) {
        let key = try RunKey(job: message.jobID, run: message.run, field)
        let kind: Kind
        switch message.kind {
        case .success(let success): kind = Self.success(success.result)
        case .failure(let failure):
            let word = try counted(failure.kind.utf8, WorkerBounds.kindBytes, "\(field()).failure.kind", of: "bytes")
            guard word.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") })
            else { throw .field("\(field()).failure.kind", "has other characters than a-z and '_'") }
            kind = .failure(
                RunFailure(
                    kind: failure.kind,
                    error: failure.error.storable(maxBytes: RunFailure.maxErrorBytes),
                    isFinal: failure.discard,
                    retryAfter: .bounded(milliseconds: failure.retryAfterMs)
                )
            )
        case .release(let release):
            kind = .release(delay: release.hasDelayMs ? .bounded(milliseconds: release.delayMs) : nil)
        case .cancelled: kind = .cancelled
        case nil: throw .field("\(field()).kind", "is not set")
        }
        self.init(job: key.job, fence: RunFence(run: key.run, worker: worker), kind: kind)
    }

    private static func success(_ result: Data) -> Kind {
        guard !result.isEmpty else { return .success(result: nil) }
        let bytes = [UInt8](result)
        do {
            try RunResult.check(bytes)
            return .success(result: bytes)
        } catch {
            return .failure(RunFailure(kind: "error", error: "\(error)", retryAfter: .defaultRetry))
        }
    }
}

extension Duration {
    /// When a run is tried again of which nobody says when: as the default policy has it after a first attempt.
    static var defaultRetry: Duration {
        var generator = SystemRandomNumberGenerator()
        return RetryPolicy.default.delay(afterAttempt: 1, using: &generator)
    }

    /// A delay that a handler asked for, a year at most: the database cannot add just any number to a time.
    fileprivate static func bounded(milliseconds: UInt64) -> Duration {
        .milliseconds(Int64(min(milliseconds, UInt64(RetryPolicy.delays.upperBound) * 1_000)))
    }
}

extension RunKey {
    fileprivate init(job bytes: Data, run: UInt32, _ field: () -> String) throws(GRPCError) {
        guard let job = JobID(bytes: bytes) else {
            throw .field("\(field()).job_id", "has \(bytes.count) bytes; a job's id has 16")
        }
        self.init(job: job, run: Int(try bounded(run, 1...UInt32(Int32.max), "\(field()).run")))
    }
}

extension Backlog {
    fileprivate init(_ message: ControlBacklog, _ field: () -> String) throws(GRPCError) {
        guard let priority = message.priority.priority else {
            throw .field("\(field()).priority", "is none of critical, high, normal and low")
        }
        self.init(
            tenant: try named(message.tenant) { "\(field()).tenant" },
            queue: try named(message.queue) { "\(field()).queue" },
            priority: priority,
            type: try named(message.type) { "\(field()).type" }
        )
    }
}

// MARK: Bounds

extension GRPCError {
    /// A field of a worker's message that is beyond its bound.
    fileprivate static func field(_ name: String, _ problem: String) -> GRPCError {
        GRPCError(code: .invalidArgument, message: "\(name) \(problem)")
    }
}

private func bounded<Value: Comparable>(
    _ value: Value,
    _ bounds: ClosedRange<Value>,
    _ field: @autoclosure () -> String
) throws(GRPCError) -> Value {
    guard bounds.contains(value) else {
        throw .field(field(), "is \(value); it may be \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return value
}

private func counted<Elements: Collection>(
    _ elements: Elements,
    _ bounds: ClosedRange<Int>,
    _ field: @autoclosure () -> String,
    of what: String
) throws(GRPCError) -> Elements {
    guard bounds.contains(elements.count) else {
        throw .field(
            field(),
            "has \(elements.count) \(what); it may have \(bounds.lowerBound) to \(bounds.upperBound)"
        )
    }
    return elements
}

private func named<Name: ValidatedName>(_ text: String, _ field: () -> String) throws(GRPCError) -> Name {
    do {
        return try Name(text)
    } catch {
        throw .field(field(), "is not valid: \(error)")
    }
}

/// Reads a list; the name of each element's field is made only when there is something to say about it.
private func read<Element, Value>(
    _ elements: [Element],
    _ field: String,
    _ body: (Element, () -> String) throws(GRPCError) -> Value
) throws(GRPCError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
        values.append(try body(element) { "\(field)[\(place)]" })
    }
    return values
}
