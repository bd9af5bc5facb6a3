import JobCore
import TestSupport

@testable import QueueFlowWorker

/// A worker's dispatch in a world in which everything that can happen happens in any order: what is sent is carried out late, twice or
/// not at all, and after each step the laws hold.
struct DispatchModel {
    /// A law does not hold.
    struct LawBroken: Error, CustomStringConvertible {
        var description: String
    }

    /// What a run that was granted has come to.
    private enum Phase: Equatable {
        case waiting
        case running
        case ended
        /// It is reported in the exchange of that number.
        case reported(UInt64)
        case acknowledged
    }

    private struct Run {
        var phase = Phase.waiting
        var backlog: Backlog
        var isAbandoned = false
        var isCancelled = false
        /// Its handler did not stop when it was told to, and goes on although the run is reported.
        var isStuck = false
        /// What speaks for it while it runs.
        var handle: RunHandle?
        /// How it is to be reported; nil until that is decided.
        var expected: String?

        var hasSlot: Bool { phase == .running || isStuck }
    }

    /// What happened, if anybody is to read it.
    final class Trace {
        private(set) var lines: [String] = []
        private let isOn: Bool

        init(isOn: Bool) { self.isOn = isOn }

        func note(_ text: @autoclosure () -> String) {
            if isOn { lines.append(text()) }
        }
    }

    private enum News {
        case hints([BacklogHint])
        case pauses(Set<TenantQueue>)
        case cancellations([RunKey])
    }

    private var random: SeededGenerator
    private var world = ModelWorld()
    private var state: DispatchState
    private let backlogs: [Backlog]
    private let configuration: DispatchConfiguration
    private var now = ContinuousClock.now

    private var records: [JobDoorbell] = []
    private var news: [News] = []
    private var sent: [OutgoingExchange] = []
    /// The exchanges that do more than ask for runs by name.
    private var reporting: Set<UInt64> = []
    /// How many exchanges were sent beside as many as may otherwise be.
    private(set) var beside = 0
    private var answers: [ModelWorld.Answer] = []
    /// Exchanges of former sessions that may still be carried out.
    private var late: [OutgoingExchange] = []
    /// The answer to a hello that is under way.
    private var welcome: (hints: [BacklogHint], leaseKept: Bool)?
    private var hasSession = false
    private var runs: [RunKey: Run] = [:]
    private var tenantsShare = false
    /// Nothing goes wrong any more.
    private var isQuiet = false
    /// What happened.
    let trace: Trace
    private(set) var granted = 0

    init(seed: UInt64, isTraced: Bool = false) throws {
        random = SeededGenerator(seed: seed)
        trace = Trace(isOn: isTraced)
        let tenants = try ["a", "b", "c"].map { try TenantName($0) }
        let queues = try ["p", "q"].map { try QueueName($0) }
        let types = try ["t", "u", "unhandled"].map { try JobType($0) }
        var all: [Backlog] = []
        for _ in 0..<Int.random(in: 1...7, using: &random) {
            let backlog = Backlog(
                tenant: tenants.randomElement(using: &random)!,
                queue: queues.randomElement(using: &random)!,
                priority: Priority.allCases.randomElement(using: &random)!,
                type: types.randomElement(using: &random)!
            )
            if !all.contains(backlog) { all.append(backlog) }
        }
        backlogs = all
        let isPool = Int.random(in: 0..<5, using: &random) == 0
        configuration = DispatchConfiguration(
            slots: Int.random(in: 1...9, using: &random),
            scope: WorkerScope(
                tenant: nil,
                queues: isPool ? [queues[0]] : [],
                types: [types[0], types[1]]
            ),
            limits: Int.random(in: 0..<3, using: &random) == 0
                ? [types[0]: Int.random(in: 1...3, using: &random)] : [:],
            tenantShare: [50, 80].randomElement(using: &random)!,
            urgentPlaces: Int.random(in: 1...3, using: &random),
            largeExchange: Int.random(in: 1...10, using: &random)
        )
        state = DispatchState(configuration)
    }

    // MARK: What happens

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func any<Values: RandomAccessCollection>(_ values: Values) -> Values.Element? {
        values.randomElement(using: &random)
    }

    /// Something happens.
    mutating func step() throws {
        now += .milliseconds(Int.random(in: 0...20, using: &random))
        world.advance(by: Int64.random(in: 0...50, using: &random))
        world.locked = []
        if !hasSession, chance(20) {
            try openSession()
        } else {
            switch Int.random(in: 0..<1_000, using: &random) {
            case 0..<90: submit()
            case 90..<210: try deliverRecords()
            case 210..<380: try takeExchange()
            case 380..<550: try carryOut()
            case 550..<720: try deliverAnswer()
            case 720..<890: try finishRun()
            case 890..<910: sweep()
            case 910..<930: deliverNews()
            case 930..<937: changePause()
            case 937..<945: cancelJob()
            case 945..<955: moveElsewhere()
            case 970..<974: try lookAtRuns()
            case 979..<990: speak()
            case 955..<970: try changeLease()
            case 974..<979: if hasSession { try breakSession() }
            default: letTimePass()
            }
        }
        if chance(10) { state.reportNotes() }
        publish()
        try checkLaws()
    }

    private mutating func submit() {
        guard let backlog = any(backlogs) else { return }
        let count = chance(10) ? Int.random(in: 5...30, using: &random) : Int.random(in: 1...3, using: &random)
        let withRecords = chance(20) ? Int.random(in: 1...count, using: &random) : count
        let late = chance(20) ? Int64.random(in: 0...200, using: &random) : 0
        let places = (0..<count).map { _ in
            world.submit(backlog, bytes: chance(3) ? 3_000 : Int.random(in: 1...600, using: &random), lateBy: late)
        }
        trace.note("submitted \(places) to \(backlog), \(withRecords) with records")
        for place in places.prefix(withRecords) {
            publish(world.doorbell(place, hasMore: withRecords < count))
        }
    }

    /// A record is on its way, or lost, or twice on its way.
    private mutating func publish(_ record: JobDoorbell) {
        if !isQuiet, chance(15) { return }
        records.append(record)
        if chance(10) { records.append(record) }
    }

    private mutating func publish() {
        for place in world.toPublish where world.jobs[place].state == .queued { publish(world.doorbell(place)) }
        world.toPublish = []
    }

    private mutating func deliverRecords() throws {
        var delivered: [JobDoorbell] = []
        for _ in 0..<Int.random(in: 1...8, using: &random) where !records.isEmpty {
            let place = chance(80) ? 0 : Int.random(in: 0..<records.count, using: &random)
            delivered.append(records.remove(at: place))
        }
        try receive(delivered)
    }

    private mutating func receive(_ delivered: [JobDoorbell]) throws {
        guard !delivered.isEmpty else { return }
        trace.note("received \(delivered.map { "\($0.hint.since)/\($0.key.run)\($0.hasMore ? "+" : "")" })")
        let claimed = state.claimed
        state.received(delivered, at: now)
        if state.claimed.count > claimed.count { try checkPlaces() }
        for record in delivered where configuration.scope.contains(record.hint.backlog) {
            // What is asked for already is not asked for again, though the answer that refuses it may be on its way.
            if !claimed.contains(record.key) { world.told(of: record.key) }
            if record.hasMore { world.told(of: record.hint) }
        }
    }

    private mutating func takeExchange() throws {
        guard let exchange = state.nextExchange(at: now) else { return }
        trace.note("took \(exchange)")
        try check(exchange)
        sent.append(exchange)
    }

    private mutating func carryOut() throws {
        if !late.isEmpty, chance(50) {
            let exchange = late.removeFirst()
            trace.note("late: \(exchange.sequence)")
            _ = world.carryOut([exchange], isPresent: false)
            return
        }
        guard !sent.isEmpty else { return }
        if chance(30) {
            world.locked = Set(world.queued.values.joined().sorted().filter { _ in chance(20) })
        }
        if sent.count > 1, chance(30) {
            trace.note("carried out together")
            answers += world.carryOut(sent, isPresent: true)
            sent = []
        } else if sent.count > 1, chance(50) {
            trace.note("carried out at the same time, locked \(world.locked.count)")
            sent.shuffle(using: &random)
            answers += world.carryOut(sent[0], besides: sent[1])
            sent.removeFirst(2)
        } else {
            let exchange = sent.remove(at: Int.random(in: 0..<sent.count, using: &random))
            trace.note("carried out \(exchange.sequence), locked \(world.locked.count)")
            answers += world.carryOut([exchange], isPresent: true)
        }
    }

    private mutating func deliverAnswer() throws {
        guard hasSession, !answers.isEmpty else { return }
        let answer = answers.remove(at: Int.random(in: 0..<answers.count, using: &random))
        trace.note(
            "answered \(answer.sequence): \(answer.granted.count) granted, \(answer.pulled), cut \(answer.isCut)"
        )
        for run in answer.granted {
            guard runs[run.key] == nil else { throw LawBroken(description: "the model granted \(run.key) twice") }
            runs[run.key] = Run(backlog: run.backlog)
        }
        granted += answer.granted.count
        for key in answer.lost where runs[key]?.phase == .running { runs[key]?.isAbandoned = true }
        for key in runs.keys where runs[key]?.phase == .reported(answer.sequence) { runs[key]?.phase = .acknowledged }
        // Every answer with grants tells, as the installation is then.
        if !answer.granted.isEmpty, chance(20) { tenantsShare.toggle() }
        _ = state.answered(
            answer.sequence,
            granted: answer.granted,
            pulled: answer.pulled,
            isCut: answer.isCut,
            lost: answer.lost,
            tenantsShare: answer.granted.isEmpty ? nil : tenantsShare,
            at: now
        )
        try start()
    }

    private mutating func start() throws {
        for (run, handle) in state.startable(at: now) {
            guard state.holdsLease, !state.isDraining else {
                throw LawBroken(description: "\(run.key) is started without a lease, or in a drain")
            }
            guard runs[run.key]?.phase == .waiting, runs[run.key]?.isCancelled == false else {
                throw LawBroken(description: "\(run.key) is started, but is \(runs[run.key]?.phase as Any)")
            }
            runs[run.key]?.phase = .running
            runs[run.key]?.handle = handle
            let ofTenant = runs.values.filter { $0.hasSlot && $0.backlog.tenant == run.backlog.tenant }.count
            if tenantsShare, ofTenant > configuration.slotsOfTenant {
                throw LawBroken(description: "a tenant has \(ofTenant) of \(configuration.slots) slots")
            }
        }
    }

    /// Some handlers log lines.
    private mutating func speak() {
        for (key, run) in runs where run.phase == .running && chance(50) {
            trace.note("\(key) speaks")
            run.handle?.notes.log("info", "")
            world.said[key, default: 0] += 1
        }
    }

    private mutating func finishRun() throws {
        let running = runs.filter(\.value.hasSlot).keys.sorted { "\($0)" < "\($1)" }
        guard let key = any(running) else { return }
        let outcome: RunOutcome.Kind =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: .failure(RunFailure(kind: "error", error: "e", isFinal: chance(50)))
            case 1: .release(delay: .seconds(1))
            default: .success(result: nil)
            }
        try finish(key, outcome)
    }

    private mutating func finish(_ key: RunKey, _ outcome: RunOutcome.Kind) throws {
        trace.note("finished \(key)")
        state.finished(key, outcome, at: now)
        guard var run = runs[key] else { return }
        if run.isStuck {
            runs[key]?.isStuck = false
            return try start()
        }
        run.phase = .ended
        run.expected = "\(outcome.told(isAbandoned: run.isAbandoned, isCancelled: run.isCancelled))"
        runs[key] = run
        try start()
    }

    /// The worker looks for handlers past their time: those that were told to stop long ago are given up.
    private mutating func lookAtRuns() throws {
        if chance(50) { now += configuration.cancellationGrace }
        let (timedOut, stuck, _) = state.overdue(at: now)
        trace.note("\(timedOut.count) timed out, \(stuck.count) stuck")
        for run in stuck {
            let outcome = RunOutcome.Kind.failure(RunFailure(kind: "timeout", error: "late"))
            guard var known = runs[run.key], known.phase == .running else {
                throw LawBroken(description: "\(run.key) is given up, but is \(runs[run.key]?.phase as Any)")
            }
            guard known.isAbandoned || known.isCancelled || run.deadline.map({ $0 <= now }) ?? false else {
                throw LawBroken(description: "\(run.key) is given up, but was not told to stop")
            }
            state.gaveUp(run.key, outcome)
            known.phase = .ended
            known.isStuck = true
            known.expected = "\(outcome.told(isAbandoned: known.isAbandoned, isCancelled: known.isCancelled))"
            runs[run.key] = known
        }
        try start()
    }

    private mutating func sweep() {
        let hints = world.hints().filter { _ in chance(70) }
        trace.note("swept \(hints.count)")
        if hasSession { news.append(.hints(hints)) }
    }

    private mutating func deliverNews() {
        guard hasSession, !news.isEmpty else { return }
        switch news.removeFirst() {
        case .hints(let hints): hint(hints)
        case .pauses(let queues):
            trace.note("told of pauses \(queues)")
            state.paused(queues)
            for queue in queues { world.forget(queue) }
        case .cancellations(let keys):
            trace.note("told of cancellations")
            _ = state.cancelled(keys)
            for key in keys {
                if runs[key]?.phase == .running { runs[key]?.isCancelled = true }
                if runs[key]?.phase == .waiting { runs[key]?.isCancelled = true }
            }
        }
    }

    private mutating func hint(_ hints: [BacklogHint]) {
        trace.note("hinted \(hints.count)")
        state.hinted(hints)
        for hint in hints where configuration.scope.contains(hint.backlog) { world.told(of: hint) }
    }

    private mutating func changePause() {
        guard let queue = any(backlogs)?.tenantQueue else { return }
        if world.paused.remove(queue) != nil {
            trace.note("resumed \(queue)")
            let hints = world.hints().filter { $0.backlog.tenantQueue == queue }
            if hasSession, chance(70) { news.append(.hints(hints)) }
        } else {
            trace.note("paused \(queue)")
            world.paused.insert(queue)
            world.forget(queue)
            if hasSession { news.append(.pauses([queue])) }
        }
    }

    private mutating func cancelJob() {
        guard !world.jobs.isEmpty else { return }
        let key = world.cancel(Int.random(in: 0..<world.jobs.count, using: &random))
        if let key, hasSession { news.append(.cancellations([key])) }
    }

    /// Other workers take jobs and give them back, and what waited for its time is queued.
    private mutating func moveElsewhere() {
        for place in world.jobs.indices {
            switch world.jobs[place].state {
            case .queued: if chance(10) { world.takeElsewhere(place) }
            case .elsewhere: if chance(30) { world.requeue(place, atEnd: false) }
            case .delayed: if chance(50) { world.requeue(place, atEnd: true) }
            case .running, .ended: break
            }
        }
    }

    // MARK: Sessions and leases

    private mutating func changeLease() throws {
        if hasSession, chance(80) {
            try renewLease()
        } else if state.holdsLease {
            trace.note("lease lost")
            loseLease()
        } else if world.hasLease, chance(50) {
            trace.note("lease ended in the database")
            world.endLease()
        }
    }

    private mutating func renewLease() throws {
        if world.hasLease {
            trace.note("lease renewed")
            state.leaseRenewed(after: .milliseconds(2))
            let cancelled = world.cancelledRuns
            if !cancelled.isEmpty { news.append(.cancellations(cancelled)) }
            try start()
        } else {
            loseLease()
            try breakSession()
        }
    }

    private mutating func loseLease() {
        for key in runs.keys {
            if runs[key]?.phase == .running { runs[key]?.isAbandoned = true }
        }
        _ = state.leaseLost()
    }

    private mutating func breakSession() throws {
        trace.note("session broken")
        hasSession = false
        for exchange in sent {
            if chance(50) {
                _ = world.carryOut([exchange], isPresent: true)
            } else if chance(50) {
                late.append(exchange)
            }
        }
        sent = []
        answers = []
        news = []
        for key in runs.keys {
            if case .reported = runs[key]?.phase { runs[key]?.phase = .ended }
        }
        state.sessionEnded()
    }

    private mutating func openSession() throws {
        guard !hasSession else { return }
        if let opened = welcome {
            welcome = nil
            hint(opened.hints)
            trace.note("session opened, lease kept \(opened.leaseKept)")
            if !opened.leaseKept {
                for key in runs.keys where runs[key]?.phase == .running { runs[key]?.isAbandoned = true }
            }
            _ = state.sessionOpened(leaseKept: opened.leaseKept)
            hasSession = true
        } else {
            let (named, open) = (state.heldRuns, runs.filter { $0.value.phase != .acknowledged }.keys)
            guard named.count == open.count, Set(named) == Set(open) else {
                throw LawBroken(description: "hello names \(named.count) runs, but \(open.count) are open")
            }
            let kept = world.hello(naming: named)
            welcome = (chance(80) ? world.hints() : [], kept)
            trace.note("hello")
        }
    }

    private mutating func letTimePass() {
        if chance(20) { now += .milliseconds(Int.random(in: 100...1_200, using: &random)) }
        let next = state.expire(at: now)
        trace.note("expired, next \(next.map { "\(now.duration(to: $0))" } ?? "never")")
    }

    // MARK: The laws

    /// What an exchange may ask for and must report.
    private mutating func check(_ exchange: OutgoingExchange) throws {
        let asked = exchange.claims.count + exchange.pulls.reduce(0) { $0 + $1.limit }
        if !exchange.pulls.isEmpty { try checkPlaces() }
        if asked > 0, !state.holdsLease || state.isDraining {
            throw LawBroken(description: "runs are asked for that may not be had")
        }
        let underWay = Set(sent.map(\.sequence) + answers.map(\.sequence))
        let asksOnly =
            exchange.outcomes.isEmpty && exchange.pulls.isEmpty && exchange.closedBatches.isEmpty
            && exchange.notes.isEmpty
        if !asksOnly { reporting.insert(exchange.sequence) }
        let isBeside = underWay.count >= DispatchState.exchangesInFlight
        // One of three asks for a few urgent jobs.
        let isFew = asksOnly && exchange.claims.count <= configuration.urgentPlaces
        guard underWay.count <= DispatchState.exchangesInFlight,
            !isBeside || isFew || !reporting.isSuperset(of: underWay)
        else { throw LawBroken(description: "more exchanges are under way than may be") }
        if isBeside { beside += 1 }
        if exchange.pulls.contains(where: { $0.limit < 1 || !configuration.scope.contains($0.hint.backlog) }) {
            throw LawBroken(description: "a pull is out of scope: \(exchange.pulls)")
        }
        for outcome in exchange.outcomes {
            guard var run = runs[outcome.key], run.phase == .waiting || run.phase == .ended else {
                throw LawBroken(description: "\(outcome.key) is reported, but is \(runs[outcome.key]?.phase as Any)")
            }
            // What was not started is given back, or cancelled if it was not given back before that.
            let release = "release(delay: nil)"
            let mayBe = run.expected.map { [$0] } ?? (run.isCancelled ? ["cancelled", release] : [release])
            guard mayBe.contains("\(outcome.outcome)") else {
                throw LawBroken(description: "\(outcome.key) is reported as \(outcome.outcome), not \(mayBe)")
            }
            run.expected = "\(outcome.outcome)"
            run.phase = .reported(exchange.sequence)
            runs[outcome.key] = run
        }
        for batch in exchange.closedBatches {
            if let open = world.batches[batch]?.first(where: world.isRunning) {
                throw LawBroken(description: "batch \(batch) is closed, but \(open) goes on")
            }
        }
    }

    /// There are no more places than slots and what the round trip needs. (That may have been more when they were taken.)
    private func checkPlaces() throws {
        guard state.used <= state.limit else {
            throw LawBroken(description: "\(state.used) places of \(state.limit) are used")
        }
    }

    private func checkLaws() throws {
        for place in world.known {
            let job = world.jobs[place]
            let isAsked = state.claimed.contains(world.nextRun(place))
            let isNoted = state.notes[job.backlog].map { $0 <= job.queuedAt } ?? false
            // An answer that says so is on its way.
            let isLeft = answers.contains { answer in
                answer.isCut && answer.pulls.contains { $0.backlog == job.backlog && $0.since <= job.queuedAt }
            }
            guard isAsked || isNoted || isLeft || world.paused.contains(job.backlog.tenantQueue) else {
                throw LawBroken(
                    description: "job \(place) of \(job.queuedAt) is forgotten; "
                        + "its backlog is noted from \(state.notes[job.backlog] as Any) on"
                )
            }
        }
        if let law = world.brokenLaw { throw LawBroken(description: law) }
        let running = runs.values.filter { $0.phase == .running }.count
        let stuck = runs.values.count(where: \.isStuck)
        guard running == state.runningCount, stuck == state.stuckTypes.count, running + stuck <= configuration.slots
        else {
            throw LawBroken(description: "\(running) or \(state.runningCount) run of \(configuration.slots)")
        }
        for (type, limit) in configuration.limits {
            let slots = runs.values.count { $0.hasSlot && $0.backlog.type == type }
            guard slots <= limit else { throw LawBroken(description: "\(slots) of \(limit) \(type) run") }
        }
        guard state.placesOf.byTenant.values.reduce(0, +) == state.used,
            state.placesOf.byType.values.reduce(0, +) == state.used
        else {
            throw LawBroken(description: "\(state.used) places are used, but tenants have \(state.placesOf)")
        }
        let held = runs.filter { $0.value.phase != .acknowledged }
        guard held.count == state.held.count, held.keys.allSatisfy(state.held.contains) else {
            throw LawBroken(description: "\(state.held.count) runs are held, not \(held.count)")
        }
    }

    // MARK: The end

    /// No more faults: all that waits is done, once each backlog was hinted.
    mutating func settle() throws {
        trace.note("settles")
        isQuiet = true
        while !hasSession { try openSession() }
        try renewLease()
        while !hasSession { try openSession() }
        try renewLease()
        for exchange in late { _ = world.carryOut([exchange], isPresent: false) }
        late = []
        for queue in world.paused.sorted(by: { "\($0)" < "\($1)" }) where chance(50) { world.paused.remove(queue) }
        for place in world.jobs.indices where world.jobs[place].state == .elsewhere {
            world.requeue(place, atEnd: false)
        }
        world.locked = []
        while !news.isEmpty { deliverNews() }
        hint(world.hints())
        try runToTheEnd()
        for (place, job) in world.jobs.enumerated() where job.state != .ended {
            let isMeant = configuration.scope.contains(job.backlog) && !world.paused.contains(job.backlog.tenantQueue)
            if isMeant || job.state != .queued { throw LawBroken(description: "job \(place) stays: \(job)") }
        }
        guard state.notes.isEmpty else { throw LawBroken(description: "notes are left: \(state.notes)") }
        try expectNothingLeft()
    }

    /// The worker ends: it gives back or ends all that it has, and takes nothing more.
    mutating func drain() throws {
        trace.note("drains")
        state.startDraining()
        try checkLaws()
        for _ in 0..<20 { try step() }
        while !hasSession { try openSession() }
        for key in runs.keys where runs[key]?.phase == .running { runs[key]?.isAbandoned = true }
        _ = state.abandonRuns()
        if !world.hasLease { try renewLease() }
        while !hasSession { try openSession() }
        let before = granted
        try runToTheEnd()
        guard granted - before <= DispatchState.exchangesInFlight * 1_000, state.isIdle else {
            throw LawBroken(description: "the worker does not come to its end")
        }
        for (place, job) in world.jobs.enumerated() where job.state == .running {
            throw LawBroken(description: "job \(place) stays with a worker that ends: \(job)")
        }
        try expectNothingLeft()
    }

    private mutating func runToTheEnd() throws {
        var isIdle = false
        for _ in 0..<5_000 where !isIdle {
            for place in world.jobs.indices where world.jobs[place].state == .delayed && !state.isDraining {
                world.requeue(place, atEnd: true)
            }
            publish()
            now += .milliseconds(5)
            let before = (sent.count, answers.count, records.count)
            try receive(Array(records.prefix(5)))
            records.removeFirst(min(5, records.count))
            try takeExchange()
            if chance(50) { try takeExchange() }
            while !sent.isEmpty {
                answers += world.carryOut([sent.removeFirst()], isPresent: true)
            }
            while !answers.isEmpty { try deliverAnswer() }
            for key in runs.filter(\.value.hasSlot).keys where chance(80) {
                try finish(key, .success(result: nil))
            }
            _ = state.expire(at: now)
            try checkLaws()
            isIdle =
                before == (0, 0, 0) && state.isIdle && state.stuckTypes.isEmpty
                && (state.notes.isEmpty || state.isDraining)
        }
        publish()
    }

    private func expectNothingLeft() throws {
        guard state.isIdle, state.used == 0, state.placesOf.byTenant.isEmpty, state.placesOf.byType.isEmpty,
            state.held.isEmpty, state.claimed.isEmpty,
            state.reports.openBatches.isEmpty
        else {
            throw LawBroken(
                description: "left: \(state.used) places, \(state.placesOf), \(state.held.count) runs, "
                    + "\(state.claimed.count) claims, batches \(state.reports.openBatches)"
            )
        }
        if let run = runs.first(where: { $0.value.phase != .acknowledged }) {
            throw LawBroken(description: "\(run) is not on record")
        }
        for (batch, keys) in world.batches where keys.allSatisfy({ runs[$0] != nil }) {
            throw LawBroken(description: "batch \(batch) was not closed")
        }
    }
}
