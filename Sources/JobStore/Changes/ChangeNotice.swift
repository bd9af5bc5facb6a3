public import Foundation
public import JobCore
import Postgres

/// Lets processes tell each other who listens to events and which jobs changed.
public struct ChangeStore: Sendable {
    /// The channel on which every process that changes jobs hears who listens: ``ChangeNotice/listens(_:by:)`` and ``ChangeNotice/asks(_:)``.
    public static let listeners = "qf_listeners"
    /// The channel on which those who listen hear what changed: the other notices. Nobody else hears them.
    public static let changes = "qf_changes"

    private let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Tells all processes. A transaction that only does that waits for no disk.
    public func announce(_ notices: [ChangeNotice]) async throws {
        let texts = notices.flatMap { notice in notice.texts.map { (notice.channel, $0) } }
        guard !texts.isEmpty else { return }
        _ = try await pool.query(Statements.announceChanges, texts.map(\.0), texts.map(\.1))
    }
}

/// Whose jobs somebody is told of.
public struct ChangeAudience: Hashable, Sendable {
    /// The tenants.
    public var tenants: Set<TenantName>
    /// Whether it is everybody's.
    public var isEverybody: Bool

    /// The jobs of some tenants, or everybody's; nobody's unless given.
    public init(_ tenants: Set<TenantName> = [], isEverybody: Bool = false) {
        (self.tenants, self.isEverybody) = (tenants, isEverybody)
    }

    /// Whether nobody's jobs are.
    public var isEmpty: Bool { tenants.isEmpty && !isEverybody }

    /// Whether a tenant's jobs are.
    public func contains(_ tenant: TenantName) -> Bool { isEverybody || tenants.contains(tenant) }

    /// Whether all jobs of another audience are.
    public func contains(_ other: ChangeAudience) -> Bool {
        isEverybody || (!other.isEverybody && tenants.isSuperset(of: other.tenants))
    }
}

/// What processes tell each other about events.
public enum ChangeNotice: Hashable, Sendable {
    /// Somebody listens at a job-service, to an audience's jobs; nobody does any more when it is empty.
    case listens(ChangeAudience, by: UUID)
    /// A process wants to know who listens.
    case asks(UUID)
    /// Jobs of a tenant changed through a process.
    case changed([JobID], of: TenantName, by: UUID)
    /// A process could not tell which jobs of a tenant changed, or of anybody when that is nil.
    case lost(TenantName?, by: UUID)

    /// PostgreSQL takes less than 8 000 bytes in a notification: an id has 37, and of very many tenants all are meant.
    private static let (maxJobs, maxBytes) = (200, 7_900)
    /// Stands for all tenants, none of which has such a name.
    private static let everybody = "*"

    /// The process that tells it.
    public var service: UUID {
        switch self {
        case .listens(_, let service), .asks(let service), .changed(_, _, let service), .lost(_, let service): service
        }
    }

    /// On which channel it is told.
    var channel: String {
        switch self {
        case .listens, .asks: ChangeStore.listeners
        case .changed, .lost: ChangeStore.changes
        }
    }

    /// The texts that say it: a word, who says it and, with spaces between them, what it is about.
    var texts: [String] {
        switch self {
        case .listens(let audience, let service):
            let names = audience.tenants.map(\.rawValue).sorted().joined(separator: " ")
            let isWide = audience.isEverybody || names.utf8.count > Self.maxBytes - 64
            return ["listens \(service) \(isWide ? Self.everybody : names)"]
        case .asks(let service): return ["asks \(service)"]
        case .changed(let jobs, let tenant, let service):
            return stride(from: 0, to: jobs.count, by: Self.maxJobs).map { start in
                let part = jobs[start..<min(start + Self.maxJobs, jobs.count)]
                return (["changed \(service) \(tenant)"] + part.map(\.description)).joined(separator: " ")
            }
        case .lost(let tenant, let service): return ["lost \(service) \(tenant?.rawValue ?? Self.everybody)"]
        }
    }

    /// Reads a text; nil for one that is none of ours.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 2, let service = UUID(uuidString: String(words[1])) else { return nil }
        let rest = words.dropFirst(2)
        let tenant = rest.first.flatMap { try? TenantName(String($0)) }
        let isEverybody = rest.first.map { $0 == Self.everybody } ?? false
        switch words[0] {
        case "listens":
            let tenants = rest.compactMap { try? TenantName(String($0)) }
            self = .listens(ChangeAudience(Set(tenants), isEverybody: isEverybody), by: service)
        case "asks": self = .asks(service)
        case "changed":
            guard let tenant else { return nil }
            self = .changed(rest.dropFirst().compactMap { JobID($0) }, of: tenant, by: service)
        case "lost":
            guard isEverybody || tenant != nil else { return nil }
            self = .lost(isEverybody ? nil : tenant, by: service)
        default: return nil
        }
    }
}
