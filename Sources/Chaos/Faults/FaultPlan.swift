/// Which faults happen when: it follows from the seed alone.
///
/// A run is made of rounds. Each begins with a *storm* of whatever there is; then comes a *siege* by faults that should do no harm, in which
/// promises are held to the letter; and in the end a worker dies alone, which shows how long recovery takes by itself. A run that is
/// too short for a round is one storm.
struct FaultPlan: Sendable {
    /// At most so many at once.
    static let atOnce = 2
    /// The longest fault that keeps a process from its work. A frozen worker's lease (10 s) runs out within it.
    static let longest = 14.0
    /// How long a round takes, and the storm in it, in seconds.
    static let (round, storm) = (120.0, 60.0)

    private(set) var faults: [Fault] = []
    private let servers: [Node]

    /// Faults over so much time. The last ones end with it.
    ///
    /// - Parameter breaksBroker: Whether the broker is one that may be broken.
    init(seed: UInt64, duration: Duration, breaksBroker: Bool = true) {
        servers = [.postgres, .redis] + (breaksBroker ? [.broker] : [])
        var generator = SeededGenerator(seed: seed)
        let total = duration / .seconds(1)
        // Time for the first jobs to be under way.
        var now = 3.0
        while now < total {
            let start = (now / Self.round).rounded(.down) * Self.round
            guard start + Self.round <= total else {
                add(from: now, to: total, &generator) { $0.stormy(using: &$1) }
                break
            }
            let death = start + Self.round - InvariantChecker.recoveryLimit - 1
            add(from: now, to: start + Self.storm, &generator) { $0.stormy(using: &$1) }
            // What ended has a few seconds to be whole again.
            add(from: start + Self.storm, to: death - InvariantChecker.lease - 4, &generator) { $1.mild() }
            let seconds = Double.random(in: 0.3...5, using: &generator)
            add(.node(generator.pick(Node.workers)), .kill, at: death, for: seconds)
            now = start + Self.round
        }
    }

    private typealias Choice = (target: Fault.Target, kind: Fault.Kind, seconds: Double)

    private mutating func add(
        from start: Double,
        to end: Double,
        _ generator: inout SeededGenerator,
        _ choose: (FaultPlan, inout SeededGenerator) -> Choice
    ) {
        var now = start
        var free = [Double](repeating: now, count: Self.atOnce)
        var busyUntil: [Fault.Target: Double] = [:]
        while now < end - 1 {
            let lane = free.indices.min { free[$0] < free[$1] } ?? 0
            now = max(now, free[lane]) + .random(in: 0.5...3, using: &generator)
            let (target, kind, seconds) = choose(self, &generator)
            guard busyUntil[target, default: 0] < now else { continue }
            let length = min(seconds, end - now)
            guard length > 0.3 else { break }
            add(target, kind, at: now, for: length)
            free[lane] = now + length
            // Time to come back before the next blow.
            busyUntil[target] = now + length + 2
        }
    }

    private mutating func add(_ target: Fault.Target, _ kind: Fault.Kind, at start: Double, for seconds: Double) {
        let (start, duration) = (Duration.milliseconds(Int(start * 1000)), Duration.milliseconds(Int(seconds * 1000)))
        faults.append(Fault(target: target, kind: kind, start: start, duration: duration))
    }

    private func stormy(using generator: inout SeededGenerator) -> Choice {
        let (target, kinds): (Fault.Target, [Fault.Kind])
        switch Int.random(in: 0..<14, using: &generator) {
        case 0..<4:
            (target, kinds) = (
                .node(generator.pick(Node.workers + [.specialist])), [.kill, .kill, .freeze, .terminate]
            )
        case 4..<6:
            (target, kinds) = (
                .node(generator.pick(Node.jobServices + Node.schedulers)), [.kill, .freeze, .terminate]
            )
        case 6: (target, kinds) = (.node(generator.pick(servers)), [.kill, .freeze])
        case 7..<10: (target, kinds) = (.link(generator.pick(Link.all)), [.cut, .silence, .slow])
        case 10: (target, kinds) = (.node(.guest), [.vanish])
        // Longer than a lease at times: nobody can renew his.
        case 11: (target, kinds) = (.rows(generator.pick([.workers, .leases])), [.lock])
        default: return generator.mild()
        }
        let kind = generator.pick(kinds)
        let longest =
            switch (target, kind) {
            // Nothing at all goes on without it, so it stays away for less long.
            case (.node(.postgres), _): 4.0
            case (_, .kill), (_, .terminate): 5.0
            default: Self.longest
            }
        return (target, kind, .random(in: 0.3...longest, using: &generator))
    }
}

extension SeededGenerator {
    /// A fault that should do no harm.
    fileprivate mutating func mild() -> (target: Fault.Target, kind: Fault.Kind, seconds: Double) {
        switch Int.random(in: 0..<6, using: &self) {
        case 0..<3:
            let rows = pick(
                Fault.LockedRows.allCases.filter {
                    Fault(target: .rows($0), kind: .lock, start: .zero, duration: .zero).isMild
                }
            )
            return (.rows(rows), .lock, .random(in: 0.5...6, using: &self))
        case 3: return (.database, .hold, .random(in: 5...25, using: &self))
        case 4: return (.node(.guest), .visit, .random(in: 1...10, using: &self))
        default: return (.node(.specialist), .leave, .random(in: 2...20, using: &self))
        }
    }
}
