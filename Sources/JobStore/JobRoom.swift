public import JobCore
import Postgres

/// How many more jobs some queues and their tenants have room for, as one transaction sees it. Pure, once it is read.
struct JobRoom {
    private struct Room {
        var used: Int
        var maximum: Int
        var left: Int { maximum - used }
    }

    private var queues: [TenantQueue: Room] = [:]
    private var waiting: [TenantName: Room] = [:]
    private var bytes: [TenantName: Room] = [:]

    /// Reads what there is.
    init(of names: Set<TenantQueue>, limits: UsualLimits, _ transaction: PostgresTransaction) async throws {
        let names = Array(names)
        let rows = try await transaction.query(
            Statements.jobRoom,
            names.map(\.tenant.rawValue),
            names.map(\.queue.rawValue)
        )
        for row in rows {
            let queue = names[Int(try row.decode("place", as: Int64.self)) - 1]
            let own = limits.ofTenant.overridden(by: try TenantLimits.own(in: row))
            queues[queue] = Room(
                used: Int(try row.decode("queued", as: Int64.self)),
                maximum: try row.decode("max_depth", as: Int64?.self).map { Int($0) } ?? limits.queueDepth
            )
            waiting[queue.tenant] = Room(
                used: Int(try row.decode("waiting", as: Int64.self)),
                maximum: own[.waitingJobs]
            )
            bytes[queue.tenant] = Room(used: Int(try row.decode("stored", as: Int64.self)), maximum: own[.storedBytes])
        }
    }

    /// Takes a job in, if there is room for it.
    ///
    /// - Returns: What there is no room in; nil when it was taken in.
    mutating func take(_ queue: TenantQueue, bytes size: Int) -> JobRefusal? {
        guard let inQueue = queues[queue], let ofTenant = waiting[queue.tenant], let stored = bytes[queue.tenant] else {
            return nil
        }
        if ofTenant.left < 1 {
            return .tenant(TenantLimitReached(.waitingJobs, maximum: ofTenant.maximum, used: ofTenant.used))
        }
        if stored.left < size {
            return .tenant(TenantLimitReached(.storedBytes, maximum: stored.maximum, used: stored.used))
        }
        if inQueue.left < 1 { return .queue(QueueFull(queue: queue.queue, limit: inQueue.maximum)) }
        queues[queue]?.used += 1
        waiting[queue.tenant]?.used += 1
        bytes[queue.tenant]?.used += size
        return nil
    }

    /// Checks that there is room for the jobs that a statement of this transaction has queued, or planned.
    ///
    /// - Throws: ``TenantLimitReached`` or ``QueueFull`` when there is no room for all of them.
    static func check(
        _ rows: PostgresRows,
        limits: UsualLimits,
        _ transaction: PostgresTransaction
    ) async throws {
        let queues = Set(try rows.map { try Backlog(row: $0) }.map { TenantQueue(tenant: $0.tenant, queue: $0.queue) })
        if let excess = try await JobRoom(of: queues, limits: limits, transaction).excess { throw excess.error }
    }

    /// Checks that there is room for payloads that became longer in this transaction.
    ///
    /// - Throws: ``TenantLimitReached`` when there is not.
    static func checkBytes(
        of queues: Set<TenantQueue>,
        limits: UsualLimits,
        _ transaction: PostgresTransaction
    ) async throws {
        for room in try await JobRoom(of: queues, limits: limits, transaction).bytes.values where room.left < 0 {
            throw TenantLimitReached(.storedBytes, maximum: room.maximum, used: room.used)
        }
    }

    /// What is fuller than it may be, if anything is.
    var excess: JobRefusal? {
        for room in waiting.values where room.left < 0 {
            return .tenant(TenantLimitReached(.waitingJobs, maximum: room.maximum, used: room.used))
        }
        for (queue, room) in queues where room.left < 0 {
            return .queue(QueueFull(queue: queue.queue, limit: room.maximum))
        }
        return nil
    }
}

/// Why there is no room for a job.
enum JobRefusal: Hashable {
    case tenant(TenantLimitReached)
    case queue(QueueFull)

    /// What is full, as schedules tell it.
    var name: String {
        switch self {
        case .tenant(let error): error.limit.rawValue
        case .queue: "max_depth"
        }
    }

    var error: any Error {
        switch self {
        case .tenant(let error): error
        case .queue(let error): error
        }
    }
}

/// Too many jobs wait in a queue already; nothing was taken. Try again later.
public struct QueueFull: Error, Hashable, CustomStringConvertible {
    /// Which queue.
    public var queue: QueueName
    /// The most jobs that may wait in it.
    public var limit: Int

    /// A queue that has as many.
    public init(queue: QueueName, limit: Int) {
        (self.queue, self.limit) = (queue, limit)
    }

    /// Says what to do.
    public var description: String {
        "\(limit) jobs wait in queue '\(queue.rawValue)' already; try again later, or let more workers serve it"
    }
}
