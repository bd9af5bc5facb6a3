import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// Pages put together are what a plain filter in memory gives, whatever is asked for and however little a page may cost.
@Suite(.timeLimit(.minutes(2))) struct JobScanTests {
    @Test func pagesPutTogetherAreWhatAFilterInMemoryGives() async throws {
        try await StoreFixture.run { fixture in
            let generator = SeededGenerator()
            let jobs = try await fixture.fill(120, generator)
            var filters = RandomFilter(jobs: jobs, random: generator)
            for _ in 0..<150 {
                let filter = filters.next()
                let request = filters.page()
                let read = try await fixture.readAll(filter, request, atMost: 2 * jobs.count)
                let ids = read.map(\.id)
                #expect(ids == filter.ids(among: jobs), "\(filter), seed \(generator.seed)")
                let isEmpty = read.allSatisfy { $0.payload.isEmpty && $0.result == nil }
                #expect(request.contents == .included || isEmpty)
            }
        }
    }

    @Test func aWalkThatMayDoLittleGoesOnWhereItEnded() async throws {
        try await StoreFixture.run { fixture in
            let wanted = try await fixture.submit { $0.type = JobType(validated: "rare") }
            _ = try await fixture.submit(20)
            var filter = JobFilter()
            filter.type = JobType(validated: "rare")
            let budget = ScanBudget(rows: 8, bytes: 1 << 20, time: .seconds(60))
            var (cursor, pages): (JobCursor?, [[JobID]]) = (nil, [])
            for _ in 0..<3 {
                let page = try await fixture.stores.jobs.scan(filter, after: cursor, limit: 5, budget: budget)
                pages.append(page.jobs.map(\.id))
                #expect(page.isComplete == (pages.count == 3) && page.examined == [8, 8, 5][pages.count - 1])
                cursor = page.next
            }
            #expect(pages == [[], [], [wanted]] && cursor == nil)
        }
    }

    /// Its batch still names it, and it may be the last that a step looks at.
    @Test func aJobThatHasEndedMeanwhileDoesNotEndAWalk() async throws {
        try await StoreFixture.run { fixture in
            let wanted = try await fixture.submitAndClaim { $0.type = JobType(validated: "rare") }
            let ended = try await fixture.submitAndClaim { $0.type = JobType(validated: "rare") }
            try await fixture.end(ended, run: 1, .success(result: nil))
            var filter = JobFilter()
            filter.states = [.running]
            filter.text = "rare"
            let budget = ScanBudget(rows: 1, bytes: 1 << 20, time: .seconds(60))
            var (cursor, found): (JobCursor?, [JobID]) = (nil, [])
            repeat {
                let page = try await fixture.stores.jobs.scan(filter, after: cursor, limit: 5, budget: budget)
                found += page.jobs.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(found == [wanted])
        }
    }

    @Test func jobsArePassedOverAcrossPagesThatEndEarly() async throws {
        try await StoreFixture.run { fixture in
            let ids = try await fixture.submit(12)
            let budget = ScanBudget(rows: 4, bytes: 1 << 20, time: .seconds(60))
            var (cursor, read): (JobCursor?, [JobID]) = (JobCursor(before: .last, offset: 9), [])
            while let place = cursor {
                #expect(JobCursor(place.description) == place)
                let page = try await fixture.stores.jobs.scan(JobFilter(), after: place, limit: 2, budget: budget)
                read += page.jobs.map(\.id)
                cursor = page.next
            }
            #expect(read == Array(ids.reversed().dropFirst(9)))
        }
    }

    @Test func aPayloadIsComparedAsItWasWritten() async throws {
        try await StoreFixture.run { fixture in
            let payload =
                #"{"n": 12345678901234567890123, "f": 1.0, "s": "1.0", "b": true, "z": null, "o": {"a": [{"k": "ü"}]}, "x": "a\u0000b"}"#
            let id = try await fixture.submit { $0.payload = Array(payload.utf8) }
            _ = try await fixture.submit { $0.payload = Array("[1, 2]".utf8) }
            func finds(_ condition: String) async throws -> Bool {
                var filter = JobFilter()
                filter.payload = PayloadCondition(condition)
                #expect(filter.payload != nil)
                return try await fixture.stores.jobs.scan(filter, limit: 5).jobs.map(\.id) == [id]
            }
            for yes in ["n=12345678901234567890123", "f=1.0", "s=1.0", "b=true", "z=null", "o.a.0.k=ü"] {
                #expect(try await finds(yes), "\(yes)")
            }
            for no in ["n=12345678901234567890124", "f=1", "b=True", "z=", "q=null", "o.a={", "o=null", "o.a.1.k=ü"] {
                #expect(try await !finds(no), "\(no)")
            }
            #expect(PayloadCondition("a") == nil && PayloadCondition("=1") == nil && PayloadCondition("a..b=1") == nil)
        }
    }

    @Test func textIsFoundWhateverItsLetters() async throws {
        try await StoreFixture.run { fixture in
            let first = try await fixture.submit { $0.payload = Array(#"{"note": "50%_off \\ now"}"#.utf8) }
            let second = try await fixture.submit { $0.type = JobType(validated: "mail.Send") }
            let third = try await fixture.submitAndClaim()
            try await fixture.end(third, run: 1, .failure(RunFailure(kind: "timeout", error: "Host is gone")))
            func found(_ text: String) async throws -> [JobID] {
                var filter = JobFilter()
                filter.text = text
                return try await fixture.stores.jobs.scan(filter, limit: 5).jobs.map(\.id)
            }
            for (text, id) in [
                ("50%_OFF", first), ("%", first), (#"\\"#, first), ("MAIL.s", second), ("host IS", third),
            ] {
                #expect(try await found(text) == [id], "\(text)")
            }
            #expect(try await found("__").isEmpty)
        }
    }

    /// A job that fails and goes on is meant by its last failure.
    @Test func theKindOfAnErrorIsThatOfTheLastAttempt() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            func kinds() async throws -> [String] {
                var found: [String] = []
                for kind in ["error", "timeout"] {
                    var filter = JobFilter()
                    filter.errorKind = kind
                    if try await fixture.stores.jobs.scan(filter, limit: 5).jobs.map(\.id) == [id] {
                        found.append(kind)
                    }
                }
                return found
            }
            #expect(try await kinds().isEmpty)
            try await fixture.end(id, run: 1, .failure(RunFailure(kind: "error", error: "x")))
            #expect(try await kinds() == ["error"])
            _ = try await fixture.stores.timers.queueNow(id, of: nil)
            try #require(try await fixture.claim(id, run: 2) != nil)
            try await fixture.end(id, run: 2, .failure(RunFailure(kind: "timeout", error: "x", isFinal: true)))
            #expect(try await kinds() == ["timeout"])
        }
    }
}

extension StoreFixture {
    /// Stores jobs of several tenants, queues, types and so on, brings them into any state, and answers all as they are on record.
    fileprivate func fill(_ count: Int, _ generator: SeededGenerator) async throws -> [ScannedJob] {
        var random = generator
        var ids: [JobID] = []
        try await sql("insert into tenants (name) values ('acme'), ('globex') on conflict do nothing")
        for _ in 0..<count {
            let parent = Int.random(in: 0..<3, using: &random) == 0 ? ids.first : nil
            let state = JobState.allCases.randomElement(using: &random) ?? .queued
            let number = Int.random(in: 0..<4, using: &random)
            let names = (tenant: RandomFilter.tenants, queue: RandomFilter.queues, type: RandomFilter.types)
            let tenant = names.tenant.randomElement(using: &random) ?? .default
            let queue = names.queue.randomElement(using: &random) ?? .default
            let type = names.type.randomElement(using: &random) ?? JobType(validated: "noop")
            let priority = Priority.allCases.randomElement(using: &random) ?? .normal
            let tags = Bool.random(using: &random) ? ["red"] : []
            let id = try await submit { job in
                (job.tenant, job.queue, job.type, job.priority) = (tenant, queue, type, priority)
                (job.tags, job.parent) = (tags, parent)
                job.payload = Array(#"{"user": {"id": \#(number)}, "note": "N\#(number)"}"#.utf8)
                if state == .scheduled { job.runAt = Date() + 3_600 }
            }
            let kind = Bool.random(using: &random) ? "error" : "timeout"
            try await bring(id, into: state, kind)
            ids.append(id)
        }
        var jobs: [ScannedJob] = []
        for id in ids { jobs.append(ScannedJob(job: try await job(id), kind: try await lastKind(id))) }
        return jobs
    }

    /// Reads page after page.
    ///
    /// - Parameter most: How many pages there can be.
    fileprivate func readAll(_ filter: JobFilter, _ request: RandomFilter.Page, atMost most: Int) async throws -> [Job]
    {
        var read: [Job] = []
        var cursor: JobCursor?
        for _ in 0...most {
            let page = try await stores.jobs.scan(
                filter,
                after: cursor,
                limit: request.limit,
                contents: request.contents,
                budget: request.budget
            )
            #expect(page.jobs.count <= request.limit && page.examined <= request.budget.rows)
            #expect(!page.isComplete || page.jobs.count == request.limit || page.next == nil)
            read += page.jobs
            cursor = page.next
            if cursor == nil { break }
        }
        #expect(cursor == nil)
        return read
    }

    private func bring(_ id: JobID, into state: JobState, _ kind: String) async throws {
        switch state {
        case .scheduled, .queued: return
        case .cancelled: _ = try await stores.cancellations.cancel(id, of: nil)
        case .running, .completed, .retrying, .dead:
            try #require(try await claim(id, run: 1) != nil)
            let failure = RunFailure(
                kind: kind,
                error: "Broken \(kind)",
                isFinal: state == .dead,
                retryAfter: .seconds(3_600)
            )
            if state == .completed { try await end(id, run: 1, .success(result: Array("7".utf8))) }
            if state == .retrying || state == .dead { try await end(id, run: 1, .failure(failure)) }
        }
    }

    private func lastKind(_ id: JobID) async throws -> String? {
        let sql = "select kind from job_attempts where job_id = $1::uuid order by run desc limit 1"
        return try await pool.query(PostgresStatement("last_kind", sql), parameters: [id.uuid]).first?.decode(
            0,
            as: String.self
        )
    }
}

/// A job, and of what kind its last failure was.
private struct ScannedJob {
    var job: Job
    var kind: String?

    var id: JobID { job.id }
}

extension JobFilter {
    /// The jobs that are meant, the newest first.
    fileprivate func ids(among jobs: [ScannedJob]) -> [JobID] {
        var ids: [JobID] = []
        for job in jobs where means(job) { ids.append(job.id) }
        return ids.sorted { $0.description > $1.description }
    }

    /// What the statements say, in plain code.
    private func means(_ scanned: ScannedJob) -> Bool {
        let job = scanned.job
        let text = String(decoding: job.payload, as: UTF8.self)
        if let tenant, tenant.rawValue != job.tenant { return false }
        if !states.isEmpty, !states.contains(job.state) { return false }
        if let type, type.rawValue != job.type { return false }
        if let queue, queue.rawValue != job.queue { return false }
        if let priority, priority != job.priority { return false }
        if let tag, !job.tags.contains(tag) { return false }
        if let parent, parent != job.parent { return false }
        if let worker, job.state != .running || worker != job.worker { return false }
        if let errorKind, job.error == nil || errorKind != scanned.kind { return false }
        if let wanted = self.text?.lowercased() {
            let whole = "\(job.type)\n\(job.error ?? "")\n\(text)".lowercased()
            if !whole.contains(wanted) { return false }
        }
        if let payload, !text.contains("\"id\": \(payload.value)}") { return false }
        if let createdAfter, job.createdAt < createdAfter { return false }
        if let createdBefore, job.createdAt >= createdBefore { return false }
        return meansDeath(of: job)
    }

    private func meansDeath(of job: Job) -> Bool {
        guard reason != nil || diedAfter != nil || diedBefore != nil else { return true }
        guard job.state == .dead, let diedAt = job.finishedAt else { return false }
        if let reason, reason.rawValue != job.reason { return false }
        if let diedAfter, diedAt < diedAfter { return false }
        if let diedBefore, diedAt >= diedBefore { return false }
        return true
    }
}

/// Makes filters of which each member is asked for now and then.
private struct RandomFilter {
    static let tenants = ["default", "acme", "globex"].map(TenantName.init(validated:))
    static let queues = ["default", "mail"].map(QueueName.init(validated:))
    static let types = ["noop", "mail.send", "rare"].map(JobType.init(validated:))

    var jobs: [ScannedJob]
    var random: SeededGenerator

    private mutating func now(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    private mutating func some() -> Job? { jobs.randomElement(using: &random)?.job }

    private mutating func one<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

    mutating func next() -> JobFilter {
        var filter = JobFilter()
        if now(3) { filter.tenant = one(Self.tenants) }
        if now(2) {
            let count = Int.random(in: 1...3, using: &random)
            filter.states = Set(JobState.allCases.shuffled(using: &random).prefix(count))
        }
        if now(4) { filter.type = one(Self.types) }
        if now(4) { filter.queue = one(Self.queues) }
        if now(8) { filter.priority = one(Priority.allCases) }
        if now(8) { filter.tag = "red" }
        if now(10) { filter.parent = some()?.parent }
        if now(12) { filter.worker = some()?.worker }
        if now(10) { filter.errorKind = one(["error", "timeout"]) }
        if now(10) { filter.text = one(["n1", "BROKEN", "Mail", "%"]) }
        if now(8), let number = one([0, 1, 2, 3, 4]) { filter.payload = PayloadCondition("user.id=\(number)") }
        if now(6) { filter.createdAfter = some()?.createdAt }
        if now(6) { filter.createdBefore = some()?.createdAt }
        if now(16) { filter.reason = one(DeadReason.allCases) }
        if now(16) { filter.diedAfter = some()?.finishedAt }
        if now(16) { filter.diedBefore = some()?.finishedAt }
        return filter
    }

    /// How a page is asked for.
    struct Page {
        var limit: Int
        var budget: ScanBudget
        var contents: JobContents
    }

    mutating func page() -> Page {
        let rows = Int.random(in: 1...60, using: &random)
        let budget = ScanBudget(rows: rows, bytes: 1 << 20, time: .seconds(60))
        return Page(limit: .random(in: 1...40, using: &random), budget: budget, contents: now(2) ? .included : .omitted)
    }
}
