import Foundation
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// What processes tell each other of changes, with random listeners, changes, outages and delays: the books of `ChangeTeller` and
/// `EventCarrier`, with a carrier in the place of PostgreSQL.
@Suite struct CarrierModelTests {
    /// Somebody who listens at a process.
    private final class Listener {
        let audience: ChangeAudience
        var told: Set<JobID> = []
        var hasLagged = false
        /// What it must be told of, or that it lags.
        var owed: Set<JobID> = []

        init(_ audience: ChangeAudience) { self.audience = audience }
    }

    private final class Process {
        let service = UUID()
        var others = DistantListeners()
        var outbox = ChangeOutbox()
        var book = CarrierBook()
        var listeners: [Listener] = []
        /// What is on its way to it, on either of its connections; nil while that is broken.
        var (listenings, changes): ([ChangeNotice]?, [ChangeNotice]?) = ([], nil)
        /// Whether it has to say who listens.
        var mustAnnounce = false

        init(at now: ContinuousClock.Instant) {
            others.presume(until: now + .seconds(5), of: service)
        }

        var audience: ChangeAudience {
            listeners.reduce(into: ChangeAudience()) {
                $0.jobs.tenants.formUnion($1.audience.jobs.tenants)
                $0.jobs.isEverybody = $0.jobs.isEverybody || $1.audience.jobs.isEverybody
            }
        }
    }

    private struct World {
        var generator: SeededGenerator
        var processes: [Process]
        var now = ContinuousClock.now
        var sent = 0
        static let tenants = (0..<3).map { TenantName(validated: "t\($0)") }

        init(generator: SeededGenerator) {
            self.generator = generator
            processes = []
            processes = (0..<3).map { [now] _ in Process(at: now) }
        }

        mutating func any() -> Process { processes.randomElement(using: &generator)! }
        mutating func tenant() -> TenantName { Self.tenants.randomElement(using: &generator)! }

        /// A transaction that notifies; it may fail, and then nobody can tell whether it did.
        mutating func announce(_ notices: [ChangeNotice], mayFail: Bool) -> Bool {
            let isFailing = mayFail && Int.random(in: 0..<10, using: &generator) == 0
            if isFailing, Bool.random(using: &generator) { return false }
            sent += notices.count
            for notice in notices.flatMap({ $0.texts.map { ChangeNotice($0)! } }) {
                for process in processes {
                    switch notice {
                    case .listens, .asks: process.listenings?.append(notice)
                    case .changed, .logged, .lost: process.changes?.append(notice)
                    }
                }
            }
            return !isFailing
        }

        mutating func send(_ process: Process, mayFail: Bool = true) {
            let notices = process.outbox.take(by: process.service)
            if !notices.isEmpty, !announce(notices, mayFail: mayFail) { process.outbox.putBack(notices) }
        }

        mutating func say(_ process: Process, mayFail: Bool = true) {
            guard process.mustAnnounce else { return }
            process.mustAnnounce = false
            guard let present = process.book.beginAnnouncement(of: process.audience) else { return }
            if announce([.listens(present, by: process.service)], mayFail: mayFail) {
                process.book.announced(present)
            } else {
                process.mustAnnounce = true
            }
        }

        /// Lets a process hear the first of what is on its way to it.
        func hear(_ process: Process) {
            if let notice = process.listenings?.first {
                process.listenings?.removeFirst()
                switch notice {
                case .listens(let audience, by: let other) where other != process.service:
                    process.others.hear(audience, of: other, at: now)
                case .asks(let other) where other != process.service: process.mustAnnounce = true
                default: break
                }
            }
            if let notice = process.changes?.first {
                process.changes?.removeFirst()
                switch notice {
                case .changed(let jobs, of: let tenant, by: let other) where other != process.service:
                    for listener in process.listeners where listener.audience.contains(tenant) {
                        listener.told.formUnion(jobs)
                    }
                case .lost(let tenant, by: let other) where other != process.service:
                    for listener in process.listeners where tenant.map(listener.audience.contains) ?? true {
                        listener.hasLagged = true
                    }
                default: break
                }
            }
        }

        /// A job changed at a process. Who is known to the others as a listener is owed that, unless it is still on its way that it is.
        mutating func change(_ process: Process, _ count: Int) {
            let (tenant, jobs) = (tenant(), (0..<count).map { _ in JobID.make() })
            for other in processes where other !== process {
                let isOnItsWay = (process.listenings ?? []).contains { notice in
                    if case .listens(_, by: other.service) = notice { true } else { false }
                }
                guard !isOnItsWay, other.book.isKnown(ChangeAudience([tenant])) else { continue }
                for listener in other.listeners where listener.audience.contains(tenant) {
                    listener.owed.formUnion(jobs)
                }
            }
            if process.others.hears(tenant) { process.outbox.add(jobs, of: tenant) }
        }

        mutating func connect(_ process: Process) {
            if process.listenings == nil {
                process.listenings = []
                process.outbox.ask(hasGap: true)
                process.others.presume(until: now + .seconds(1), of: process.service)
            }
            if process.changes == nil, !process.listeners.isEmpty {
                process.changes = []
                if process.book.connected() { for listener in process.listeners { listener.hasLagged = true } }
                process.mustAnnounce = true
            }
        }

        mutating func step() {
            let process = any()
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<8:
                let isEverybody = Int.random(in: 0..<4, using: &generator) == 0
                process.listeners.append(
                    Listener(isEverybody ? ChangeAudience(isEverybody: true) : ChangeAudience([tenant()]))
                )
                process.mustAnnounce = true
                connect(process)
            case 8..<12:
                if !process.listeners.isEmpty { process.listeners.removeFirst() }
                if process.listeners.isEmpty, process.changes != nil {
                    process.changes = nil
                    process.book.closed()
                }
                process.mustAnnounce = true
            case 12..<14: process.listenings = nil
            case 14..<16: if process.changes != nil { process.changes = nil }
            case 16..<22: connect(process)
            case 22..<40: change(process, Int.random(in: 1...5, using: &generator))
            case 40 where Int.random(in: 0..<4, using: &generator) == 0:
                change(process, Int.random(in: 1...ChangeOutbox.most, using: &generator))
            case 41..<43:
                // What is on its way takes no time beside that.
                for _ in 0..<2 {
                    for process in processes {
                        send(process, mayFail: false)
                        say(process, mayFail: false)
                    }
                    settle()
                }
                now += .seconds(Int.random(in: 0...12, using: &generator))
                for process in processes {
                    process.mustAnnounce = true
                    say(process, mayFail: false)
                }
                settle()
                for process in processes { process.others.forget(before: now) }
            case 43..<60: send(process)
            case 60..<75: say(process)
            default: for _ in 0..<3 { hear(process) }
            }
        }

        /// Lets everything that is on its way arrive.
        mutating func settle() {
            for process in processes {
                while !(process.listenings ?? []).isEmpty || !(process.changes ?? []).isEmpty { hear(process) }
            }
        }

        /// All connections are back, and everything is told.
        mutating func mend() {
            for _ in 0..<100 {
                for process in processes {
                    connect(process)
                    say(process, mayFail: false)
                    send(process, mayFail: false)
                }
                settle()
            }
        }
    }

    @Test(arguments: 0..<20) func whoListensIsToldOfEachChangeOrThatItLags(number: Int) {
        let generator = SeededGenerator()
        var world = World(generator: generator)
        for _ in 0..<400 {
            world.step()
            for process in world.processes { #expect(process.outbox.count <= ChangeOutbox.most) }
        }
        world.mend()
        for listener in world.processes.flatMap(\.listeners) {
            #expect(
                listener.hasLagged || listener.owed.isSubset(of: listener.told),
                "\(listener.owed.subtracting(listener.told).count) changes were lost; seed \(generator.seed)"
            )
        }
        // Once nobody listens, and that is known or long ago, nothing is told any more.
        for process in world.processes {
            (process.listeners, process.changes, process.mustAnnounce) = ([], nil, true)
            process.book.closed()
        }
        world.mend()
        world.now += DistantListeners.memory
        for process in world.processes { process.others.forget(before: world.now) }
        let sent = world.sent
        for process in world.processes {
            #expect(process.others.isEmpty)
            world.change(process, 10)
            world.send(process, mayFail: false)
        }
        #expect(world.sent == sent, "seed \(generator.seed)")
    }

    /// Who connects while others listen hears of them by asking.
    @Test func whoComesLateAsks() {
        var world = World(generator: SeededGenerator())
        let (first, second) = (world.processes[0], world.processes[1])
        second.listenings = nil
        first.listeners = [Listener(ChangeAudience([World.tenants[0]]))]
        world.connect(first)
        world.mend()
        world.now += .seconds(6)
        for process in world.processes { process.others.forget(before: world.now) }
        #expect(second.others.hears(World.tenants[0]) && !second.others.hears(World.tenants[1]))
        #expect(first.others.isEmpty)
        // The second one was away, so what it did meanwhile nobody was told.
        #expect(first.listeners[0].hasLagged)
    }
}

@Suite struct ChangeOutboxTests {
    private let small = TenantName(validated: "small")
    private let large = TenantName(validated: "large")
    private let service = UUID()

    private func jobs(_ count: Int) -> [JobID] { (0..<count).map { _ in JobID.make() } }

    /// Lines whose notice is as long as it may be.
    private func longest(_ count: Int) -> [LoggedLines] {
        let most = Int(Int32.max)
        return jobs(count).map { LoggedLines(RunKey(job: $0, run: most), first: most, last: most) }
    }

    @Test func whoHasMostLosesItAndOthersDoNot() {
        var outbox = ChangeOutbox()
        outbox.add(jobs(ChangeOutbox.most - 10), of: large)
        let few = jobs(20)
        outbox.add(few, of: small)
        #expect(outbox.count == 20)
        let notices = outbox.take(by: service)
        #expect(notices.contains(.lost(large, by: service)) && notices.count == 2)
        for case .changed(let told, of: small, by: _) in notices { #expect(Set(told) == Set(few)) }
        #expect(outbox.count == 0 && outbox.take(by: service).isEmpty)
    }

    @Test func aJobThatChangesOftenIsToldOnce() {
        var outbox = ChangeOutbox()
        let one = jobs(1)
        for _ in 0..<100 { outbox.add(one, of: small) }
        #expect(outbox.take(by: service) == [.changed(one, of: small, by: service)])
    }

    @Test func theLinesOfARunAreToldAsOneStretch() {
        var outbox = ChangeOutbox()
        let (one, other) = (RunKey(job: .make(), run: 1), RunKey(job: .make(), run: 2))
        outbox.add([LoggedLines(one, first: 0, last: 3), LoggedLines(other, first: 7, last: 7)], of: small)
        outbox.add([LoggedLines(one, first: 4, last: 9), LoggedLines(other, first: 9, last: 8)], of: small)
        #expect(outbox.count == 2)
        let notices = outbox.take(by: service)
        guard case .logged(let told, of: small, by: service)? = notices.first else {
            Issue.record("\(notices)")
            return
        }
        #expect(notices.count == 1 && outbox.count == 0)
        #expect(Set(told) == [LoggedLines(one, first: 0, last: 9), LoggedLines(other, first: 7, last: 7)])
        outbox.add(told, of: small)
        outbox.putBack(outbox.take(by: service))
        #expect(outbox.take(by: service) == [.lost(small, by: service)])
    }

    @Test func moreLinesThanFitAreLostToWhoHasMost() {
        var outbox = ChangeOutbox()
        outbox.add(
            (0..<ChangeOutbox.most).map { LoggedLines(RunKey(job: .make(), run: $0), first: 0, last: 0) },
            of: large
        )
        outbox.add(jobs(1), of: small)
        #expect(outbox.count == 1)
        #expect(outbox.take(by: service).contains(.lost(large, by: service)))
    }

    @Test func onlyWhoseLinesAreFollowedAreTold() {
        var others = DistantListeners()
        let audience = ChangeAudience([small, large], logs: TenantSelection([small]))
        others.hear(audience, of: UUID(), at: .now)
        #expect(others.hearsLogs(small) && !others.hearsLogs(large) && others.hears(large))
        #expect(audience.contains(ChangeAudience([large])))
        #expect(!audience.contains(ChangeAudience([large], logs: TenantSelection([large]))))
    }

    @Test func whatCouldNotBeToldIsLost() {
        var outbox = ChangeOutbox()
        outbox.add(jobs(5), of: small)
        outbox.putBack(outbox.take(by: service))
        outbox.add(jobs(5), of: small)
        #expect(outbox.take(by: service) == [.lost(small, by: service)])
        outbox.ask(hasGap: true)
        #expect(outbox.take(by: service) == [.asks(service), .lost(nil, by: service)])
    }

    @Test func textsSayWhatNoticesSay() {
        let tenants = Set((0..<20).map { TenantName(validated: "tenant-\($0)") })
        let notices: [ChangeNotice] = [
            .listens(ChangeAudience(tenants), by: service), .listens(ChangeAudience(isEverybody: true), by: service),
            .listens(ChangeAudience(), by: service), .asks(service), .changed(jobs(200), of: small, by: service),
            .lost(small, by: service), .lost(nil, by: service), .listens(.everything, by: service),
            .listens(ChangeAudience([small], logs: TenantSelection(tenants)), by: service),
            .listens(ChangeAudience(logs: TenantSelection([large])), by: service),
            .logged(longest(100), of: small, by: service),
        ]
        for notice in notices {
            #expect(notice.texts.map { ChangeNotice($0) } == [notice])
            #expect(notice.texts.allSatisfy { $0.utf8.count < 8_000 })
        }
        let many = ChangeNotice.changed(jobs(1_001), of: small, by: service)
        #expect(many.texts.count == 6)
        let crowd = ChangeNotice.listens(
            ChangeAudience(Set((0..<1_000).map { TenantName(validated: "tenant-\($0)") })),
            by: service
        )
        #expect(crowd.texts.map { ChangeNotice($0) } == [.listens(ChangeAudience(isEverybody: true), by: service)])
        let everybodys = ChangeNotice.listens(
            ChangeAudience(logs: TenantSelection(Set((0..<1_000).map { TenantName(validated: "tenant-\($0)") }))),
            by: service
        )
        let told = ChangeAudience(logs: TenantSelection(isEverybody: true))
        #expect(everybodys.texts.map { ChangeNotice($0) } == [.listens(told, by: service)])
        #expect(ChangeNotice.logged(longest(101), of: small, by: service).texts.count == 2)
        #expect(
            ChangeNotice("logged \(service) small x a/b/c/d \(JobID.make())/1/2") == .logged([], of: small, by: service)
        )
        for text in [
            "", "logged", "logged \(service)", "changed", "changed x", "lost \(service)", "changed \(service)",
            "other \(service) x",
        ] {
            #expect(ChangeNotice(text) == nil, "\(text)")
        }
    }
}
