/// Which faults happen when: it follows from the seed alone.
struct FaultPlan: Sendable {
    /// At most so many at once.
    static let atOnce = 2
    /// The longest fault. A frozen worker's lease (10 s) runs out within it.
    static let longest = 14.0

    /// So often, in seconds, a storm of faults makes way for one worker's death, which shows how long recovery takes by itself.
    static let round = 120.0

    private(set) var faults: [Fault] = []

    /// Faults over so much time. The last ones end with it.
    init(seed: UInt64, duration: Duration) {
        var generator = SeededGenerator(seed: seed)
        let total = duration / .seconds(1)
        // Time for the first jobs to be under way.
        var now = 3.0
        while now < total {
            let end = (now / Self.round).rounded(.down) * Self.round + Self.round
            guard end <= total else {
                addStorm(from: now, to: total, &generator)
                break
            }
            let death = end - InvariantChecker.recoveryLimit - 1
            // What ended has a few seconds to be whole again.
            addStorm(from: now, to: death - InvariantChecker.lease - 4, &generator)
            let seconds = Double.random(in: 0.3...5, using: &generator)
            add(.node(Self.pick(Node.workers, &generator)), .kill, at: death, for: seconds)
            now = end
        }
    }

    private mutating func addStorm(from start: Double, to end: Double, _ generator: inout SeededGenerator) {
        var now = start
        var free = [Double](repeating: now, count: Self.atOnce)
        var busyUntil: [Fault.Target: Double] = [:]
        while now < end - 1 {
            let lane = free.indices.min { free[$0] < free[$1] } ?? 0
            now = max(now, free[lane]) + .random(in: 0.5...3, using: &generator)
            let (target, kind, seconds) = Self.fault(using: &generator)
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

    private static func fault(using generator: inout SeededGenerator) -> (Fault.Target, Fault.Kind, seconds: Double) {
        let (target, kinds): (Fault.Target, [Fault.Kind])
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: (target, kinds) = (.node(pick(Node.workers, &generator)), [.kill, .kill, .freeze, .terminate])
        case 4..<6:
            (target, kinds) = (
                .node(pick(Node.jobServices + Node.schedulers, &generator)), [.kill, .freeze, .terminate]
            )
        case 6: (target, kinds) = (.node(pick([.postgres, .redis, .broker], &generator)), [.kill, .freeze])
        default: (target, kinds) = (.link(pick(Link.all, &generator)), [.cut, .silence, .slow])
        }
        let kind = pick(kinds, &generator)
        let longest =
            switch (target, kind) {
            // Nothing at all goes on without it, so it stays away for less long.
            case (.node(.postgres), _): 4.0
            case (_, .kill), (_, .terminate): 5.0
            default: longest
            }
        return (target, kind, .random(in: 0.3...longest, using: &generator))
    }

    private static func pick<Element>(_ choices: [Element], _ generator: inout SeededGenerator) -> Element {
        choices[Int.random(in: choices.indices, using: &generator)]
    }
}
