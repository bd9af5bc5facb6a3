import Formats
public import JobCore
import Postgres

/// Who does something that is put on record.
public struct AuditActor: Hashable, Sendable {
    /// The account's name.
    public var name: String
    /// The account's tenant.
    public var tenant: TenantName

    /// A principal as the actor.
    public init(_ principal: Principal) {
        name = principal.subject
        tenant = principal.tenant
    }

    /// The process itself, which acts on its settings.
    static let settings = AuditActor(name: "(settings)", tenant: .default)

    /// A scheduler, which ends what somebody began.
    static let scheduler = AuditActor(name: "(scheduler)", tenant: .default)

    private init(name: String, tenant: TenantName) {
        self.name = name
        self.tenant = tenant
    }
}

/// Who did what, as the audit log keeps it.
struct AuditEntry: Sendable {
    /// What was done.
    enum Action: String, Sendable {
        case replay = "dead_letters.replay"
        case delete = "dead_letters.delete"
        case updateQueue = "queues.update"
        case pauseQueue = "queues.pause"
        case resumeQueue = "queues.resume"
        case deleteQueue = "queues.delete"
        case createUser = "users.create"
        case updateUser = "users.update"
        case deleteUser = "users.delete"
        case createAPIKey = "api_keys.create"
        case revokeAPIKey = "api_keys.revoke"
        case createTenant = "tenants.create"
        case updateTenant = "tenants.update"
        case suspendTenant = "tenants.suspend"
        case resumeTenant = "tenants.resume"
        case deleteTenant = "tenants.delete"
        case removeTenant = "tenants.remove"
        case drainWorker = "workers.drain"
        case updateJob = "jobs.update"
        case deleteJob = "jobs.delete"
        case createOperation = "operations.create"
        case stopOperation = "operations.stop"
        case endOperation = "operations.end"
        case failOperation = "operations.fail"
    }

    var actor: AuditActor
    var action: Action
    /// The id of what it was done to, or `filter`.
    var target: String
    /// A JSON object.
    var details: [UInt8]

    /// The entry for an act on dead letters.
    ///
    /// - Parameters:
    ///   - count: How many of the selected ones it was done to.
    ///   - rate: At how many a second they are replayed, if not at once.
    init(_ action: Action, of selection: DeadLetterSelection, count: Int, rate: Double?, by actor: AuditActor) {
        var writer = JSONWriter()
        writer.object { details in
            details.member("count", count)
            if let rate { details.member("rate", rate) }
            if let ids = selection.ids {
                details.member("ids", ids.map(\.description))
            } else {
                details.name("filter")
                selection.filter.write(to: &details)
            }
        }
        self.actor = actor
        self.action = action
        target = selection.target
        details = writer.bytes
    }

    /// The entry for an act on one thing.
    init(_ action: Action, target: String, by actor: AuditActor, details: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(details)
        self.actor = actor
        self.action = action
        self.target = target
        self.details = writer.bytes
    }

    var statement: PostgresStatement.Bound {
        Statements.writeAudit.bind(
            actor.name,
            actor.tenant.rawValue,
            action.rawValue,
            target,
            PostgresJSON(bytes: details)
        )
    }
}
