package import JobCore

/// Decides whose turn it is among backlogs.
///
/// Priorities share by weight (critical 8, high 4, normal 2, low 1), within a priority those that were told of by themselves take turns
/// with those that were told of in bulk, within each the tenants take turns, then a tenant's queues, then a queue's types. So a flood in
/// one queue starves no other, nor one tenant another, ten thousand queues at once do not hold up one that has a job now and then,
/// and low work moves on even under a flood of critical work. The weighting is smooth weighted round robin, as nginx's upstream
/// module does it: each pick adds every waiting priority's weight to its credit, takes the one with most credit and charges it
/// with the sum.
///
/// Types that may be held back as a whole have lanes of their own, which take turns within a priority: so however many backlogs such a
/// type has, they are in nobody's way meanwhile.
package struct FairPicker: Sendable {
    private typealias Types = Turns<JobType, Void>
    private typealias Queues = Turns<QueueName, Types>
    private typealias Tenants = Turns<TenantName, Queues>

    /// The backlogs of one priority and, where it may be held back, one type.
    private struct Lane {
        var single = Tenants()
        var bulk = Tenants()
        var isBulksTurn = false

        var isEmpty: Bool { single.isEmpty && bulk.isEmpty }

        func waits(_ isAllowed: (TenantName) -> Bool) -> Bool {
            single.contains(where: isAllowed) || bulk.contains(where: isAllowed)
        }
    }

    /// The backlogs of one priority.
    private struct Level {
        var credit = 0
        var lanes: [Lane]
        /// The lane that had the last turn.
        var lane = 0
    }

    private var levels: [Level]
    /// The lanes of types that may be held back; all others share the first one.
    private let lanes: [JobType: Int]
    /// The types of the lanes; nil for the first one.
    private let types: [JobType?]
    package private(set) var count = 0

    /// A picker with nothing waiting.
    ///
    /// - Parameter heldBack: The types that may be held back.
    package init(heldBack: some Collection<JobType> = []) {
        types = [nil] + heldBack.sorted { $0.rawValue < $1.rawValue }
        lanes = Dictionary(
            uniqueKeysWithValues: types.enumerated().compactMap { place, type in type.map { ($0, place) } }
        )
        levels = Priority.allCases.map { [types] _ in Level(lanes: types.map { _ in Lane() }) }
    }

    private func lane(of backlog: Backlog) -> Int { lanes.isEmpty ? 0 : lanes[backlog.type] ?? 0 }

    /// Says that a backlog has jobs. One that was told of in bulk before is now one by itself, if it is told of so; one that was told of
    /// by itself has its turn anew, before those that had theirs and were not told of since.
    package mutating func add(_ backlog: Backlog, isBulk: Bool = false) {
        let (level, lane) = (backlog.priority.level, lane(of: backlog))
        if isBulk {
            guard !Self.contains(backlog, in: levels[level].lanes[lane].single) else { return }
            if Self.add(backlog, to: &levels[level].lanes[lane].bulk) { count += 1 }
        } else {
            if Self.remove(backlog, from: &levels[level].lanes[lane].bulk) { count -= 1 }
            if Self.add(backlog, to: &levels[level].lanes[lane].single) { count += 1 }
            Self.renew(backlog, in: &levels[level].lanes[lane].single)
        }
    }

    /// Says that a backlog has no jobs any more.
    package mutating func remove(_ backlog: Backlog) {
        let (level, lane) = (backlog.priority.level, lane(of: backlog))
        if Self.remove(backlog, from: &levels[level].lanes[lane].single)
            || Self.remove(backlog, from: &levels[level].lanes[lane].bulk)
        {
            count -= 1
        }
        if levels[level].lanes.allSatisfy(\.isEmpty) { levels[level].credit = 0 }
    }

    /// The backlog whose turn it is; nil when none waits that is allowed. It stays until it is removed.
    ///
    /// - Parameters:
    ///   - isAllowed: Whether a tenant may have a turn now.
    ///   - isHeldBack: Whether a type of those that may be is held back now.
    package mutating func next(
        _ isAllowed: (TenantName) -> Bool = { _ in true },
        isHeldBack: (JobType) -> Bool = { _ in false }
    ) -> Backlog? {
        guard count > 0 else { return nil }
        func isOpen(_ lane: Int) -> Bool { types[lane].map { !isHeldBack($0) } ?? true }
        var chosen: Int?
        var total = 0
        for priority in Priority.allCases {
            let level = priority.level
            guard
                levels[level].lanes.indices.contains(where: { isOpen($0) && levels[level].lanes[$0].waits(isAllowed) })
            else {
                continue
            }
            levels[level].credit += priority.weight
            total += priority.weight
            if chosen.map({ levels[level].credit > levels[$0].credit }) ?? true { chosen = level }
        }
        guard let level = chosen else { return nil }
        levels[level].credit -= total
        for _ in types {
            levels[level].lane = (levels[level].lane + 1) % types.count
            let lane = levels[level].lane
            if isOpen(lane),
                let backlog = Self.next(in: &levels[level].lanes[lane], isAllowed, Priority.allCases[level])
            {
                return backlog
            }
        }
        return nil
    }

    private static func next(
        in lane: inout Lane,
        _ isAllowed: (TenantName) -> Bool,
        _ priority: Priority
    ) -> Backlog? {
        lane.isBulksTurn.toggle()
        return if lane.isBulksTurn {
            next(in: &lane.bulk, isAllowed, priority) ?? next(in: &lane.single, isAllowed, priority)
        } else {
            next(in: &lane.single, isAllowed, priority) ?? next(in: &lane.bulk, isAllowed, priority)
        }
    }

    // MARK: Tenants, their queues and those' types

    private static func contains(_ backlog: Backlog, in tenants: Tenants) -> Bool {
        tenants[backlog.tenant]?[backlog.queue]?.contains(backlog.type) ?? false
    }

    /// - Returns: Whether it was not there.
    private static func add(_ backlog: Backlog, to tenants: inout Tenants) -> Bool {
        tenants.update(backlog.tenant, default: Queues()) { queues in
            queues.update(backlog.queue, default: Types()) { types in
                let isNew = !types.contains(backlog.type)
                types.update(backlog.type, default: ()) { _ in }
                return isNew
            }
        }
    }

    private static func renew(_ backlog: Backlog, in tenants: inout Tenants) {
        tenants.renew(backlog.tenant)
        tenants.update(backlog.tenant, default: Queues()) { queues in
            queues.renew(backlog.queue)
            queues.update(backlog.queue, default: Types()) { $0.renew(backlog.type) }
        }
    }

    /// - Returns: Whether it was there.
    private static func remove(_ backlog: Backlog, from tenants: inout Tenants) -> Bool {
        guard contains(backlog, in: tenants) else { return false }
        let isEmpty = tenants.update(backlog.tenant, default: Queues()) { queues in
            let isEmpty = queues.update(backlog.queue, default: Types()) { types in
                types.remove(backlog.type)
                return types.isEmpty
            }
            if isEmpty { queues.remove(backlog.queue) }
            return queues.isEmpty
        }
        if isEmpty { tenants.remove(backlog.tenant) }
        return true
    }

    private static func next(
        in tenants: inout Tenants,
        _ isAllowed: (TenantName) -> Bool,
        _ priority: Priority
    ) -> Backlog? {
        guard let tenant = tenants.next(where: isAllowed) else { return nil }
        return tenants.update(tenant, default: Queues()) { queues in
            guard let queue = queues.next() else { return nil }
            return queues.update(queue, default: Types()) { types in
                types.next().map { Backlog(tenant: tenant, queue: queue, priority: priority, type: $0) }
            }
        }
    }
}

extension Priority {
    /// Its place among all priorities.
    fileprivate var level: Int {
        switch self {
        case .critical: 0
        case .high: 1
        case .normal: 2
        case .low: 3
        }
    }
}
