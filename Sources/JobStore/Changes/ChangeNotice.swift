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

/// Some tenants, or all.
public struct TenantSelection: Hashable, Sendable {
    /// The tenants.
    public var tenants: Set<TenantName>
    /// Whether all are meant, those that come to be as well.
    public var isEverybody: Bool

    /// Some tenants, or all; none unless given.
    public init(_ tenants: Set<TenantName> = [], isEverybody: Bool = false) {
        (self.tenants, self.isEverybody) = (tenants, isEverybody)
    }

    /// Those of listeners, of whom nil follows all.
    public init(_ followed: some Sequence<TenantName?>) {
        self.init(Set(followed.compactMap(\.self)), isEverybody: followed.contains(nil))
    }

    /// Whether there is none.
    public var isEmpty: Bool { tenants.isEmpty && !isEverybody }

    /// Whether a tenant is among them.
    public func contains(_ tenant: TenantName) -> Bool { isEverybody || tenants.contains(tenant) }

    /// Whether all of another selection are.
    public func contains(_ other: TenantSelection) -> Bool {
        isEverybody || (!other.isEverybody && tenants.isSuperset(of: other.tenants))
    }
}

/// What somebody is told of.
public struct ChangeAudience: Hashable, Sendable {
    /// Whose jobs.
    public var jobs: TenantSelection
    /// Of whose jobs the lines that handlers log.
    public var logs: TenantSelection

    /// Of some tenants' jobs, or everybody's, and of log lines; of nothing unless given.
    public init(
        _ tenants: Set<TenantName> = [],
        isEverybody: Bool = false,
        logs: TenantSelection = TenantSelection()
    ) {
        self.init(jobs: TenantSelection(tenants, isEverybody: isEverybody), logs: logs)
    }

    /// Of jobs and of log lines.
    public init(jobs: TenantSelection, logs: TenantSelection) {
        (self.jobs, self.logs) = (jobs, logs)
    }

    /// All there is.
    public static let everything = ChangeAudience(
        isEverybody: true,
        logs: TenantSelection(isEverybody: true)
    )

    /// Whether it is nothing.
    public var isEmpty: Bool { jobs.isEmpty && logs.isEmpty }

    /// Whether a tenant's jobs are among it.
    public func contains(_ tenant: TenantName) -> Bool { jobs.contains(tenant) }

    /// Whether all that another audience is told of is.
    public func contains(_ other: ChangeAudience) -> Bool { jobs.contains(other.jobs) && logs.contains(other.logs) }
}

/// Lines of a run that were put on record.
public struct LoggedLines: Hashable, Sendable {
    /// Of which run.
    public var run: RunKey
    /// The numbers of the first and the last of them.
    public var first, last: Int

    /// Lines of a run.
    public init(_ run: RunKey, first: Int, last: Int) {
        (self.run, self.first, self.last) = (run, first, last)
    }
}

/// What processes tell each other about events.
public enum ChangeNotice: Hashable, Sendable {
    /// Somebody listens at a job-service, to what an audience is told; nobody does any more when it is empty.
    case listens(ChangeAudience, by: UUID)
    /// A process wants to know who listens.
    case asks(UUID)
    /// Jobs of a tenant changed through a process.
    case changed([JobID], of: TenantName, by: UUID)
    /// Handlers of a tenant's jobs logged lines, which whoever wants them reads.
    case logged([LoggedLines], of: TenantName, by: UUID)
    /// A process could not tell which jobs of a tenant changed, or of anybody when that is nil.
    case lost(TenantName?, by: UUID)

    /// PostgreSQL takes less than 8 000 bytes in a notification: an id has 37, lines of a run 70 at most, and of very many tenants all are meant.
    private static let (maxJobs, maxRuns, maxBytes) = (200, 100, 7_900)
    /// Stands for all tenants, none of which has such a name.
    private static let everybody = "*"
    /// Stands before a tenant whose log lines are followed, and makes no name of it.
    private static let logMark = "log:"

    /// The process that tells it.
    public var service: UUID {
        switch self {
        case .listens(_, let service), .asks(let service), .changed(_, _, let service), .logged(_, _, let service),
            .lost(_, let service):
            service
        }
    }

    /// On which channel it is told.
    var channel: String {
        switch self {
        case .listens, .asks: ChangeStore.listeners
        case .changed, .logged, .lost: ChangeStore.changes
        }
    }

    /// The texts that say it: a word, who says it and, with spaces between them, what it is about.
    var texts: [String] {
        switch self {
        case .listens(let audience, let service):
            let words = Self.words(audience.jobs) + Self.words(audience.logs).map { Self.logMark + $0 }
            let text = (["listens \(service)"] + words).joined(separator: " ")
            guard text.utf8.count > Self.maxBytes else { return [text] }
            let wide = ChangeAudience(
                jobs: TenantSelection(isEverybody: !audience.jobs.isEmpty),
                logs: TenantSelection(isEverybody: !audience.logs.isEmpty)
            )
            return ChangeNotice.listens(wide, by: service).texts
        case .asks(let service): return ["asks \(service)"]
        case .changed(let jobs, let tenant, let service):
            return Self.texts("changed \(service) \(tenant)", jobs.map(\.description), atMost: Self.maxJobs)
        case .logged(let lines, let tenant, let service):
            let words = lines.map { "\($0.run.job)/\($0.run.run)/\($0.first)/\($0.last)" }
            return Self.texts("logged \(service) \(tenant)", words, atMost: Self.maxRuns)
        case .lost(let tenant, let service): return ["lost \(service) \(tenant?.rawValue ?? Self.everybody)"]
        }
    }

    /// The words that name tenants.
    private static func words(_ selection: TenantSelection) -> [String] {
        selection.isEverybody ? [everybody] : selection.tenants.map(\.rawValue).sorted()
    }

    /// Words behind others, so many of them in each text.
    private static func texts(_ head: String, _ words: [String], atMost most: Int) -> [String] {
        stride(from: 0, to: words.count, by: most).map { start in
            ([head] + words[start..<min(start + most, words.count)]).joined(separator: " ")
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
            let logs = rest.lazy.filter { $0.hasPrefix(Self.logMark) }.map { $0.dropFirst(Self.logMark.count) }
            self = .listens(ChangeAudience(jobs: Self.selection(rest), logs: Self.selection(logs)), by: service)
        case "asks": self = .asks(service)
        case "changed":
            guard let tenant else { return nil }
            self = .changed(rest.dropFirst().compactMap { JobID($0) }, of: tenant, by: service)
        case "logged":
            guard let tenant else { return nil }
            self = .logged(rest.dropFirst().compactMap { LoggedLines($0) }, of: tenant, by: service)
        case "lost":
            guard isEverybody || tenant != nil else { return nil }
            self = .lost(isEverybody ? nil : tenant, by: service)
        default: return nil
        }
    }

    /// The tenants that words name; others are passed over.
    private static func selection(_ words: some Sequence<Substring>) -> TenantSelection {
        TenantSelection(
            Set(words.compactMap { try? TenantName(String($0)) }),
            isEverybody: words.contains { $0 == everybody }
        )
    }
}

extension LoggedLines {
    /// Reads a word of a notice.
    fileprivate init?(_ word: Substring) {
        let parts = word.split(separator: "/")
        guard parts.count == 4, let job = JobID(parts[0]), let run = Int(parts[1]), let first = Int(parts[2]),
            let last = Int(parts[3])
        else { return nil }
        self.init(RunKey(job: job, run: run), first: first, last: last)
    }
}
