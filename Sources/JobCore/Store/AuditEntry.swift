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
}

/// Who did what, as the audit log keeps it.
struct AuditEntry: Sendable {
    /// What was done.
    enum Action: String, Sendable {
        case replay = "dead_letters.replay"
        case delete = "dead_letters.delete"
    }

    var actor: AuditActor
    var action: Action
    /// A job's id, or `filter`.
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
