/// Which faults happen when: it follows from the seed alone.
struct FaultPlan: Sendable {
    /// At most so many at once.
    static let atOnce = 2
    /// The longest fault. A frozen worker's lease (10 s) runs out within it.
    static let longest = 14.0

    var faults: [Fault]

    /// Faults over so much time. The last ones end with it.
    init(seed: UInt64, duration: Duration) {
        var generator = SeededGenerator(seed: seed)
        faults = []
        let total = duration / .seconds(1)
        // Time for the first jobs to be under way.
        var now = 3.0
        var free = [Double](repeating: now, count: Self.atOnce)
        var busyUntil: [Fault.Target: Double] = [:]
        while now < total - 1 {
            let lane = free.indices.min { free[$0] < free[$1] } ?? 0
            now = max(now, free[lane]) + .random(in: 0.5...3, using: &generator)
            var fault = Self.fault(using: &generator)
            guard busyUntil[fault.target, default: 0] < now else { continue }
            let length = min(fault.duration / .seconds(1), total - now)
            guard length > 0.3 else { break }
            fault.start = .milliseconds(Int(now * 1000))
            fault.duration = .milliseconds(Int(length * 1000))
            faults.append(fault)
            free[lane] = now + length
            // Time to come back before the next blow.
            busyUntil[fault.target] = now + length + 2
        }
    }

    private static func fault(using generator: inout SeededGenerator) -> Fault {
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
        let seconds = Double.random(in: 0.3...longest, using: &generator)
        return Fault(target: target, kind: kind, start: .zero, duration: .milliseconds(Int(seconds * 1000)))
    }

    private static func pick<Element>(_ choices: [Element], _ generator: inout SeededGenerator) -> Element {
        choices[Int.random(in: choices.indices, using: &generator)]
    }
}
