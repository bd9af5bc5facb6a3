import Concurrency
import JobCore
import Tracing

/// All that a worker knows of what waits, what it asked for, what it runs and what it has to report: a pure state machine.
///
///     record, hint -> noted -> asked -> waiting -> running -> finished -> sent -> (acknowledged)
///                       ^        |         |                     ^          |
///                       +--------+---------+---------------------+----------+
///                          (no room; session ended; given back)
///
/// Nothing waits here but grants, and those a second at most. A record that meets a free place is claimed with the next exchange. Any
/// other only leaves a note that its backlog has jobs: the backlog is *pulled* as places become free, until a pull comes back short and
/// no record of it was dropped since that pull was sent. So there is nothing to bound but the number of notes.
///
/// Every method says what happened and answers what is to be done. Nothing here waits, sends or reads a clock, so one lock around it is
/// held only for memory operations.
struct DispatchState {
    /// How many exchanges may be without an answer. More would make them smaller, fewer would leave the line idle.
    static let exchangesInFlight = 2
    /// How many runs an exchange asks for, and from how many backlogs.
    static let (maxGrants, maxPulls) = (1_000, 256)
    /// Of how many backlogs an exchange tells that a record of them was dropped.
    static let maxTold = 1_000
    /// How many grants may wait for a slot.
    static let maxAhead = 1_000
    /// How long a grant may wait for a slot before it is given back.
    static let patience = Duration.seconds(1)
    /// How many backlogs are noted. What is more, the sweep tells of again.
    static let maxNotes = 200_000
    /// How long it is not said again that a record of a backlog was dropped.
    private static let silence = Duration.milliseconds(100)

    /// An exchange without an answer.
    private struct Sent {
        var at: ContinuousClock.Instant
        var notes: [(key: RunKey, notes: RunNotes.Taken)] = []
        var outcomes: [FinishedRun]
        var closedBatches: [Int64]
        var claims: [(key: RunKey, record: BacklogHint)]
        var pulls: [(hint: BacklogHint, limit: Int)]
        /// Whether it asks for urgent jobs beside large ones.
        var isUrgent = false
        /// Runs that ended since, whose notes it carries: their outcomes must not overtake them.
        var ended: [FinishedRun] = []
        /// Since when jobs of a backlog that it pulls are said to wait, as was heard after it had been sent: it may not find those.
        var told: [Backlog: Int64] = [:]

        /// How many runs it asks for.
        var places: Int { claims.count + pulls.reduce(0) { $0 + $1.limit } }
        /// How much it carries, for the size of the next one.
        var weight: Int { outcomes.count + places }
    }

    /// How many places or slots are taken: a tenant's, and a type's.
    struct Shares {
        private(set) var byTenant: [TenantName: Int] = [:]
        private(set) var byType: [JobType: Int] = [:]

        subscript(tenant: TenantName) -> Int { byTenant[tenant] ?? 0 }
        subscript(type: JobType) -> Int { byType[type] ?? 0 }

        mutating func take(_ backlog: Backlog, _ count: Int = 1) {
            byTenant[backlog.tenant, default: 0] += count
            byType[backlog.type, default: 0] += count
        }

        mutating func free(_ backlog: Backlog, _ count: Int = 1) {
            byTenant[backlog.tenant] = self[backlog.tenant] > count ? self[backlog.tenant] - count : nil
            byType[backlog.type] = self[backlog.type] > count ? self[backlog.type] - count : nil
        }
    }

    private struct Running {
        var run: GrantedJob
        let handle: RunHandle
        let startedAt: ContinuousClock.Instant
        /// The lease was lost, or the drain's time is up: however the handler ends, the run is given back.
        var isAbandoned = false
        /// The job was cancelled: the handler is stopped, and unless it succeeds the run is reported as cancelled.
        var isCancelled = false
        /// Until when a handler that was told to stop has time for it.
        var stopsBy: ContinuousClock.Instant?
    }

    private(set) var configuration: DispatchConfiguration
    /// Raised when a handler said something of its run.
    let said = Signal()
    /// Whether what handlers said is to be reported now.
    private var areNotesDue = false

    /// The backlogs that have jobs, and where the next pull of each begins: no job of it that this worker was told of, and that is not
    /// asked for by name, was queued before.
    private(set) var notes: [Backlog: Int64] = [:]
    private var picker: FairPicker
    private var claims: [(key: RunKey, record: BacklogHint)] = []
    private var inFlight: [UInt64: Sent] = [:]
    private var askedPlaces = 0
    private var waiting: WaitingGrants
    private var running: [RunKey: Running] = [:]
    private var runningOf = Shares()
    /// Handlers that did not stop when they were told to: their runs are reported, their slots are taken until they end.
    private var stuck: [RunKey: GrantedJob] = [:]
    private(set) var reports = RunReports()
    /// The runs that are asked for by name.
    private(set) var claimed: Set<RunKey> = []
    /// The runs that were granted and are not yet on record: they wait, run or have ended.
    private(set) var held: Set<RunKey> = []
    /// Places that a tenant's runs have or were asked for, whatever became of them.
    private(set) var placesOf = Shares()
    /// The backlogs of which others are to be told, as a record of them was dropped here, and when that was said last.
    private var untold: [Backlog: Int64] = [:]
    private var toldAt: [Backlog: ContinuousClock.Instant] = [:]
    private var sequence: UInt64 = 0
    private var lastWeight = 0
    private var pace = Pace()
    /// Those of types with limits.
    private var paces: [JobType: Pace]

    /// Whether a session is open.
    private(set) var hasSession = false
    /// Whether runs may be claimed, as far as the lease goes.
    private(set) var holdsLease = false
    private(set) var isDraining = false
    /// Whether the installation has more tenants than one, so that none may have all of the slots.
    private var tenantsShare = false

    init(_ configuration: DispatchConfiguration) {
        self.configuration = configuration
        picker = FairPicker(heldBack: configuration.limits.keys)
        waiting = WaitingGrants(heldBack: configuration.limits.keys)
        paces = configuration.limits.mapValues { _ in Pace() }
    }

    // MARK: What waits elsewhere

    /// What became of records.
    struct RecordCounts: Equatable {
        /// Their jobs are asked for.
        var claimed = 0
        /// There was no room for their jobs, or no handler.
        var dropped = 0
        /// Their jobs are none of the worker's, or have been asked for before.
        var ignored = 0
    }

    /// Records came from Kafka.
    @discardableResult
    mutating func received(_ records: [JobDoorbell], at now: ContinuousClock.Instant) -> RecordCounts {
        var counts = RecordCounts()
        for record in records {
            let (key, hint) = (record.key, record.hint)
            guard configuration.scope.contains(hint.backlog.tenantQueue) else {
                counts.ignored += 1
                continue
            }
            guard configuration.scope.types.contains(hint.backlog.type) else {
                counts.dropped += 1
                tell(of: hint, at: now)
                continue
            }
            if record.hasMore { note(hint, isBulk: true) }
            guard !claimed.contains(key), !held.contains(key) else {
                counts.ignored += 1
                continue
            }
            let isUrgent = hint.backlog.priority.isUrgent && !record.isBulk
            if hasRoom(for: hint.backlog, urgent: isUrgent), claims.count < Self.maxGrants {
                claims.append((key, hint))
                claimed.insert(key)
                placesOf.take(hint.backlog)
                counts.claimed += 1
            } else {
                note(hint, isBulk: record.isBulk)
                tell(of: hint, at: now)
                counts.dropped += 1
            }
        }
        return counts
    }

    /// The job-service told of backlogs that have jobs.
    mutating func hinted(_ hints: [BacklogHint]) {
        for hint in hints where configuration.scope.contains(hint.backlog) { note(hint, isBulk: true) }
    }

    /// Queues were paused: what was granted of them and has not started is given back. Resuming one is a hint.
    mutating func paused(_ queues: Set<TenantQueue>) {
        for backlog in Array(notes.keys) where queues.contains(backlog.tenantQueue) { forget(backlog) }
        giveBack(noting: false) { queues.contains($0.backlog.tenantQueue) }
    }

    /// Notes that a backlog has jobs.
    ///
    /// - Parameter isBulk: Whether it is one of many that were told of at once; others go before those.
    private mutating func note(_ hint: BacklogHint, isBulk: Bool = true) {
        for sequence in inFlight.keys {
            guard let told = inFlight[sequence]?.told[hint.backlog] else { continue }
            inFlight[sequence]?.told[hint.backlog] = min(told, hint.since)
        }
        if let since = notes[hint.backlog] {
            notes[hint.backlog] = min(since, hint.since)
            if !isBulk { picker.add(hint.backlog, isBulk: false) }
        } else if notes.count < Self.maxNotes {
            notes[hint.backlog] = hint.since
            picker.add(hint.backlog, isBulk: isBulk)
        }
    }

    private mutating func forget(_ backlog: Backlog) {
        notes[backlog] = nil
        picker.remove(backlog)
    }

    private mutating func tell(of hint: BacklogHint, at now: ContinuousClock.Instant) {
        if let told = toldAt[hint.backlog], told + Self.silence > now { return }
        if toldAt.count >= Self.maxNotes { toldAt = [:] }
        toldAt[hint.backlog] = now
        untold[hint.backlog] = min(untold[hint.backlog] ?? .max, hint.since)
    }

    // MARK: Places

    /// How many runs may be claimed, waiting or running: the slots, and what the round trip to the job-service needs.
    var limit: Int { configuration.slots + min(Self.maxAhead, pace.ahead) }

    var used: Int { claims.count + askedPlaces + waiting.count + running.count + stuck.count }

    /// How many more runs could be taken.
    var free: Int {
        hasSession && holdsLease && !isDraining && !reports.isFull ? max(0, limit - used) : 0
    }

    private func hasRoom(for backlog: Backlog, urgent isUrgent: Bool) -> Bool {
        (isUrgent ? free : unreserved) > 0 && placesOf[backlog.tenant] < placesForOne
            && placesOf[backlog.type] < places(for: backlog.type)
    }

    /// How many places a type may have: all of them, or as many as its limit and the round trip need.
    private func places(for type: JobType) -> Int {
        configuration.limits[type].map { $0 + min(Self.maxAhead, paces[type]?.ahead ?? 0) } ?? .max
    }

    /// How many of them may be taken by jobs that are not urgent. The rest is left, so that an urgent job of which a record comes need
    /// not wait for a place, where runs end by the hundred during a round trip and it makes no difference to the others.
    private var unreserved: Int {
        max(0, free - (pace.ahead >= 4 * configuration.urgentPlaces ? configuration.urgentPlaces : 0))
    }

    /// How many places one tenant may have. A worker that is one tenant's gives it all.
    private var placesForOne: Int { limit - configuration.slots + slotsForOne }

    private var slotsForOne: Int {
        tenantsShare && configuration.scope.tenant == nil ? configuration.slotsOfTenant : configuration.slots
    }

    private mutating func eachPace(_ body: (inout Pace) -> Void) {
        body(&pace)
        for type in configuration.limits.keys { body(&paces[type, default: Pace()]) }
    }

    /// Notes whether tenants have to share. A tenant that has more than its share now gives back what it has too much and has not started.
    private mutating func share(_ tenantsShare: Bool) {
        guard tenantsShare != self.tenantsShare else { return }
        self.tenantsShare = tenantsShare
        var excess = placesOf.byTenant.compactMapValues { $0 > placesForOne ? $0 - placesForOne : nil }
        guard !excess.isEmpty else { return }
        giveBack(noting: true) { run in
            guard let left = excess[run.backlog.tenant], left > 0 else { return false }
            excess[run.backlog.tenant] = left - 1
            return true
        }
    }

    // MARK: Exchanges

    /// What is to be reported and asked for now; nil when that is nothing, or has to wait for an answer.
    mutating func nextExchange(at now: ContinuousClock.Instant) -> OutgoingExchange? {
        guard hasSession else { return nil }
        eachPace { $0.advance(to: now) }
        let others = inFlight.values.count { !$0.isUrgent }
        guard others < Self.exchangesInFlight else { return urgentExchange(at: now) }
        if others > 0 {
            // What is ready now forms the next exchange together with what comes until the answer, unless it is worth one.
            let weight = reports.count + claims.count + (picker.count > 0 ? unreserved : 0)
            guard weight > 0 || !untold.isEmpty || areNotesDue, weight >= lastWeight / 2 else {
                return urgentExchange(at: now)
            }
        }
        sequence += 1
        let reported = reports.take()
        var sent = Sent(
            at: now,
            outcomes: reported.outcomes,
            closedBatches: reported.closedBatches,
            claims: claims,
            pulls: []
        )
        sent.notes = takeNotes()
        sent.pulls = takePulls(atMost: Self.maxGrants - claims.count)
        let told = untold.prefix(Self.maxTold).map { BacklogHint($0.key, since: $0.value) }
        guard sent.weight > 0 || !sent.closedBatches.isEmpty || !told.isEmpty || !sent.notes.isEmpty else {
            sequence -= 1
            return nil
        }
        for hint in told { untold[hint.backlog] = nil }
        claims = []
        lastWeight = sent.weight
        for pull in sent.pulls { sent.told[pull.hint.backlog] = .max }
        return send(sent, dropped: told)
    }

    /// Asks for urgent jobs of which records came while large exchanges are under way, and before the next one of those.
    private mutating func urgentExchange(at now: ContinuousClock.Instant) -> OutgoingExchange? {
        guard inFlight.values.allSatisfy({ !$0.isUrgent }),
            inFlight.values.contains(where: { $0.weight >= configuration.largeExchange })
        else { return nil }
        let urgent = claims.filter(\.record.backlog.priority.isUrgent).prefix(configuration.urgentPlaces)
        guard !urgent.isEmpty else { return nil }
        let keys = Set(urgent.map(\.key))
        claims.removeAll { keys.contains($0.key) }
        sequence += 1
        return send(
            Sent(at: now, outcomes: [], closedBatches: [], claims: Array(urgent), pulls: [], isUrgent: true),
            dropped: []
        )
    }

    private mutating func send(_ sent: Sent, dropped: [BacklogHint]) -> OutgoingExchange {
        askedPlaces += sent.places
        inFlight[sequence] = sent
        return OutgoingExchange(
            sequence: sequence,
            notes: sent.notes,
            outcomes: sent.outcomes,
            closedBatches: sent.closedBatches,
            claims: sent.claims.map(\.key),
            pulls: sent.pulls,
            dropped: dropped,
            free: free
        )
    }

    /// How many bytes of what handlers said of runs that go on an exchange carries, before the last.
    private static let maxNoteBytes = 1 << 20

    /// What handlers said is to be reported with the next exchange.
    mutating func reportNotes() {
        areNotesDue = true
    }

    /// Takes what handlers said of runs that go on. What one exchange has no room for, the next one takes; and what is said of a run
    /// waits for the answer to what was said before, as of two exchanges the later one may be carried out first.
    private mutating func takeNotes() -> [(key: RunKey, notes: RunNotes.Taken)] {
        guard areNotesDue else { return [] }
        let carried = Set(inFlight.values.lazy.flatMap { $0.notes.lazy.map(\.key) })
        var (taken, bytes): ([(key: RunKey, notes: RunNotes.Taken)], Int) = ([], 0)
        var areSomeLeft = false
        for (key, run) in running {
            guard bytes < Self.maxNoteBytes else { return taken }
            if carried.contains(key) {
                areSomeLeft = areSomeLeft || !run.handle.notes.isEmpty
                continue
            }
            guard let notes = run.handle.notes.take() else { continue }
            taken.append((key, notes))
            bytes += notes.size
        }
        areNotesDue = areSomeLeft
        return taken
    }

    /// Shares the free places out among the backlogs that are noted.
    private mutating func takePulls(atMost most: Int) -> [(hint: BacklogHint, limit: Int)] {
        var left = min(unreserved, most)
        var order: [Backlog] = []
        var limits: [Backlog: Int] = [:]
        let most = placesForOne
        let ofType = Dictionary(uniqueKeysWithValues: configuration.limits.keys.map { ($0, places(for: $0)) })
        while left > 0,
            let backlog = picker.next(
                { [placesOf] in placesOf[$0] < most },
                isHeldBack: { [placesOf] in placesOf[$0] >= ofType[$0] ?? .max }
            )
        {
            if limits[backlog] == nil {
                guard order.count < Self.maxPulls else { break }
                order.append(backlog)
            }
            // A backlog that is alone takes its turns at once.
            let room = min(most - placesOf[backlog.tenant], (ofType[backlog.type] ?? .max) - placesOf[backlog.type])
            let count = picker.count == 1 ? min(left, room) : 1
            limits[backlog, default: 0] += count
            placesOf.take(backlog, count)
            left -= count
        }
        return order.map { (BacklogHint($0, since: notes[$0] ?? 0), limits[$0] ?? 0) }
    }

    /// When an exchange was sent that has no answer.
    func sentAt(_ sequence: UInt64) -> ContinuousClock.Instant? { inFlight[sequence]?.at }

    /// An exchange was answered.
    ///
    /// - Parameters:
    ///   - pulled: What became of its pulls, in their order.
    ///   - isCut: Whether the grants stopped short, so that what was asked for may still be there.
    ///   - lost: Runs with notes that are not ours any more.
    ///   - tenantsShare: Whether the installation has more tenants than one; nil when that is not said.
    /// - Returns: The handlers to cancel, as their runs are not ours any more.
    mutating func answered(
        _ sequence: UInt64,
        granted: [GrantedJob],
        pulled: [(isExhausted: Bool, reached: Int64?)],
        isCut: Bool,
        lost: [RunKey] = [],
        tenantsShare: Bool? = nil,
        at now: ContinuousClock.Instant
    ) -> [RunHandle] {
        guard let sent = inFlight.removeValue(forKey: sequence) else { return [] }
        if !sent.isUrgent { eachPace { $0.answered(after: sent.at.duration(to: now)) } }
        let lost = Set(lost)
        for (key, notes) in sent.notes where !lost.contains(key) { running[key]?.handle.notes.acknowledged(notes) }
        for run in sent.outcomes {
            held.remove(run.key)
            run.settling?.end()
        }
        reports.acknowledged(sent.outcomes, sequence: self.sequence)
        release(sent)
        for (index, pull) in sent.pulls.enumerated() {
            let result = index < pulled.count ? pulled[index] : (isExhausted: false, reached: nil)
            settle(pull.hint, told: sent.told[pull.hint.backlog] ?? .max, result, isCut: isCut)
        }
        let keys = Set(granted.map(\.key))
        for claim in sent.claims {
            claimed.remove(claim.key)
            if isCut, !keys.contains(claim.key) { note(claim.record) }
        }
        for run in granted { take(run, at: now) }
        if let tenantsShare { share(tenantsShare) }
        reports.closeBatches(oldestInFlight: inFlight.keys.min())
        for run in sent.ended { reports.add(run) }
        return lost.compactMap { key in
            guard running[key]?.isAbandoned == false else { return nil }
            running[key]?.isAbandoned = true
            return running[key]?.handle
        }
    }

    /// Notes where the next pull of a backlog begins, or that there is nothing more to pull.
    ///
    /// - Parameters:
    ///   - pull: Where this one began: at or before all jobs that this worker had been told of by then.
    ///   - told: Since when others wait, of which it was told later.
    private mutating func settle(
        _ pull: BacklogHint,
        told: Int64,
        _ result: (isExhausted: Bool, reached: Int64?),
        isCut: Bool
    ) {
        let mayHaveMore = isCut || !result.isExhausted
        let reached = result.reached ?? pull.since
        if let since = notes[pull.backlog] {
            if !mayHaveMore, told == .max { return forget(pull.backlog) }
            notes[pull.backlog] = max(since, mayHaveMore ? min(reached, told) : told)
        }
        // The other exchange that is under way may have passed over what this one had no room for.
        if isCut || (mayHaveMore && notes[pull.backlog] == nil) { note(BacklogHint(pull.backlog, since: reached)) }
    }

    /// Frees the places that an exchange asked for.
    private mutating func release(_ sent: Sent) {
        askedPlaces -= sent.places
        for claim in sent.claims { placesOf.free(claim.record.backlog) }
        for pull in sent.pulls { placesOf.free(pull.hint.backlog, pull.limit) }
    }

    private mutating func take(_ run: GrantedJob, at now: ContinuousClock.Instant) {
        guard held.insert(run.key).inserted else { return }
        var run = run
        run.grantedAt = now
        reports.granted(run)
        placesOf.take(run.backlog)
        if isDraining || !holdsLease {
            giveBack(run, noting: true)
        } else {
            waiting.add(run)
        }
    }

    // MARK: Runs

    /// Takes the runs that have a slot now. Each is to be followed by ``finished(_:_:at:)``.
    mutating func startable(at now: ContinuousClock.Instant) -> [(run: GrantedJob, handle: RunHandle)] {
        var started: [(run: GrantedJob, handle: RunHandle)] = []
        let (most, limits) = (slotsForOne, configuration.limits)
        while running.count + stuck.count < configuration.slots,
            var run = waiting.next(
                { [runningOf] in runningOf[$0] < most },
                isHeldBack: { [runningOf, limits] in runningOf[$0] >= limits[$0] ?? .max }
            )
        {
            run.deadline = run.timeout.map { now + $0 }
            let handle = RunHandle(notes: RunNotes(checkpoint: run.checkpoint) { [said] _ in said.raise() })
            running[run.key] = Running(run: run, handle: handle, startedAt: now)
            runningOf.take(run.backlog)
            started.append((run, handle))
        }
        return started
    }

    /// A run's handler ended.
    mutating func finished(_ key: RunKey, _ outcome: RunOutcome.Kind, at now: ContinuousClock.Instant) {
        if let run = stuck.removeValue(forKey: key) {
            runningOf.free(run.backlog)
            placesOf.free(run.backlog)
        } else if let ended = running.removeValue(forKey: key) {
            runningOf.free(ended.run.backlog)
            placesOf.free(ended.run.backlog)
            pace.finished(at: now)
            paces[ended.run.backlog.type]?.finished(at: now)
            report(ended, outcome)
        }
    }

    /// Looks for handlers that run past their time, and for those that have not stopped although they were told to.
    ///
    /// - Returns: Whose time is up; who is stuck, each to be followed by ``gaveUp(_:_:)``; and when to look again, nil when nothing is
    ///   to be waited for.
    mutating func overdue(
        at now: ContinuousClock.Instant
    ) -> (timedOut: [RunHandle], stuck: [GrantedJob], next: ContinuousClock.Instant?) {
        var (timedOut, stuck, next): ([RunHandle], [GrantedJob], ContinuousClock.Instant?) = ([], [], nil)
        for (key, run) in running {
            var stopsBy = run.stopsBy
            if stopsBy == nil {
                let isTimedOut = run.run.deadline.map { $0 <= now } ?? false
                if isTimedOut { timedOut.append(run.handle) }
                if isTimedOut || run.isAbandoned || run.isCancelled {
                    stopsBy = now + configuration.cancellationGrace
                    running[key]?.stopsBy = stopsBy
                }
            }
            if let stopsBy, stopsBy <= now {
                stuck.append(run.run)
            } else if let soonest = stopsBy ?? run.run.deadline {
                next = min(next ?? soonest, soonest)
            }
        }
        return (timedOut, stuck, next)
    }

    /// A handler did not stop: its run is reported as if it had, and its slot stays taken until it has.
    mutating func gaveUp(_ key: RunKey, _ outcome: RunOutcome.Kind) {
        guard let ended = running.removeValue(forKey: key) else { return }
        stuck[key] = ended.run
        report(ended, outcome)
    }

    private mutating func report(_ ended: Running, _ outcome: RunOutcome.Kind) {
        let told = outcome.told(isAbandoned: ended.isAbandoned, isCancelled: ended.isCancelled)
        let notes = ended.handle.notes.end(isDone: told.isSuccess)
        var finished = FinishedRun(key: ended.run.key, outcome: told, batch: ended.run.batch, notes: notes)
        finished.settling = ended.handle.settling
        if let carrier = inFlight.first(where: { $0.value.notes.contains { $0.key == finished.key } })?.key {
            inFlight[carrier]?.ended.append(finished)
        } else {
            reports.add(finished)
        }
    }

    /// Gives back the grants that have waited for too long.
    ///
    /// - Returns: When the next one will have; nil when none waits.
    mutating func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        eachPace { $0.advance(to: now) }
        giveBack(noting: true) { $0.grantedAt + Self.patience <= now }
        return waiting.oldest.map { $0 + Self.patience }
    }

    /// Jobs were cancelled.
    ///
    /// - Returns: The handlers to cancel. A run that is not here has ended, or is granted later and named again.
    mutating func cancelled(_ keys: [RunKey]) -> [RunHandle] {
        let keys = keys.filter(held.contains)
        guard !keys.isEmpty else { return [] }
        let waitingOnes = Set(keys.filter { running[$0] == nil })
        for run in waiting.remove(where: { waitingOnes.contains($0.key) }) { finish(run, .cancelled) }
        return keys.compactMap { key in
            guard running[key]?.isCancelled == false else { return nil }
            running[key]?.isCancelled = true
            return running[key]?.handle
        }
    }

    private mutating func finish(_ run: GrantedJob, _ outcome: RunOutcome.Kind) {
        placesOf.free(run.backlog)
        reports.add(FinishedRun(key: run.key, outcome: outcome, batch: run.batch))
    }

    /// Gives grants back that have not started.
    ///
    /// - Parameter noting: Whether their backlogs are noted, as this worker may take them up again: they keep their place there.
    private mutating func giveBack(noting: Bool, where isMeant: (GrantedJob) -> Bool) {
        for run in waiting.remove(where: isMeant) { giveBack(run, noting: noting) }
    }

    private mutating func giveBack(_ run: GrantedJob, noting: Bool) {
        finish(run, .release(delay: nil))
        if noting { note(BacklogHint(run.backlog, since: run.queuedAt)) }
    }

    // MARK: Session and lease

    /// The runs that a new session names: those that the worker has, or has not been told that they are on record.
    var heldRuns: [RunKey] {
        running.keys + waiting.keys + reports.keys
            + inFlight.values.flatMap { ($0.outcomes + $0.ended).map(\.key) }
    }

    /// The worker's credential is a tenant's, whose jobs alone it gets; nil for everybody's.
    mutating func serve(_ tenant: TenantName?) {
        configuration.scope.tenant = tenant
    }

    /// A session was opened.
    ///
    /// - Parameter leaseKept: Whether the lease survived since the last session.
    /// - Returns: The handlers to cancel, as their runs are not ours any more.
    mutating func sessionOpened(leaseKept: Bool) -> [RunHandle] {
        hasSession = true
        let handles = leaseKept ? [] : leaseLost()
        holdsLease = true
        return handles
    }

    /// The session ended. What was not acknowledged is reported again in the next one; what was asked for is noted, to be asked for
    /// again, and what may have been granted of it is given back by the next hello.
    mutating func sessionEnded() {
        hasSession = false
        for sent in inFlight.values {
            reports.putBack(sent.outcomes, closedBatches: sent.closedBatches)
            putBack(sent.notes, ended: sent.ended)
            release(sent)
            for pull in sent.pulls { note(pull.hint) }
            drop(sent.claims)
        }
        inFlight = [:]
        reports.closeBatches(oldestInFlight: nil)
        dropClaims()
        lastWeight = 0
    }

    /// What handlers said is to be reported again: of runs that ended meanwhile with their outcomes.
    private mutating func putBack(_ notes: [(key: RunKey, notes: RunNotes.Taken)], ended: [FinishedRun]) {
        var left = Dictionary(notes.map { ($0.key, $0.notes) }) { $1 }
        for var run in ended {
            if var notes = left.removeValue(forKey: run.key) {
                if let later = run.notes { notes.append(later) }
                run.notes = notes
            }
            reports.add(run)
        }
        for (key, notes) in left { running[key]?.handle.notes.putBack(notes) }
        if !left.isEmpty { areNotesDue = true }
    }

    private mutating func dropClaims() {
        for claim in claims { placesOf.free(claim.record.backlog) }
        drop(claims)
        claims = []
    }

    private mutating func drop(_ claims: [(key: RunKey, record: BacklogHint)]) {
        for claim in claims {
            claimed.remove(claim.key)
            note(claim.record)
        }
    }

    /// The lease was renewed, perhaps after it had been given up.
    ///
    /// - Parameter roundTrip: How long the heartbeat and its answer took.
    mutating func leaseRenewed(after roundTrip: Duration) {
        holdsLease = true
        eachPace { $0.heard(after: roundTrip) }
    }

    /// The lease is lost, or about to run out unrenewed.
    ///
    /// - Returns: The handlers to cancel.
    mutating func leaseLost() -> [RunHandle] {
        holdsLease = false
        // Reported all the same: if the database has not ended the lease, nobody else gives them back, and if it has, nothing changes.
        giveBack(noting: true) { _ in true }
        dropClaims()
        return abandonRuns()
    }

    // MARK: Drain

    /// The worker is to end: nothing is claimed any more, and what has not started is given back.
    mutating func startDraining() {
        isDraining = true
        giveBack(noting: true) { _ in true }
        for (_, record) in claims { untold[record.backlog] = min(untold[record.backlog] ?? .max, record.since) }
        dropClaims()
    }

    /// The time for running jobs to end by themselves is over.
    ///
    /// - Returns: The handlers to cancel.
    mutating func abandonRuns() -> [RunHandle] {
        for key in running.keys { running[key]?.isAbandoned = true }
        return running.values.map(\.handle)
    }

    /// How many jobs run.
    var runningCount: Int { running.count }

    /// How many slots are taken.
    var slotsUsed: Int { running.count + stuck.count }

    /// How long the oldest run has gone on.
    func oldestRunAge(at now: ContinuousClock.Instant) -> Duration {
        running.values.map(\.startedAt).min().map { now - $0 } ?? .zero
    }

    /// How many outcomes are not known to be on record.
    var pendingOutcomes: Int { inFlight.values.reduce(reports.count) { $0 + $1.outcomes.count + $1.ended.count } }

    /// The types of the handlers that did not stop when they were told to.
    var stuckTypes: [String] { stuck.values.map(\.backlog.type.rawValue) }

    /// Whether no job runs and nothing waits to be reported or answered.
    var isIdle: Bool {
        running.isEmpty && waiting.count == 0 && inFlight.isEmpty && reports.isEmpty
    }

    /// The handlers that run.
    var handles: [RunHandle] { running.values.map(\.handle) }
}
