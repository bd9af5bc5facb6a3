import ArgumentParser

/// Which records of the audit log are meant.
struct AuditFilter: ListFilter {
    @Option(help: ArgumentHelp("What this account or key did.", valueName: "name")) var actor: String?
    @Option(help: ArgumentHelp("What was done, such as queue.paused.", valueName: "action")) var action: String?

    func parameters() -> [APICall.Parameter] {
        APICall.Parameter.given([("actor", actor), ("action", action)])
    }
}

enum AuditListing: Listing {
    typealias Filter = AuditFilter
    static let noun = Noun.audit
    static let abstract = "Show who did what, the newest first; for administrators."
    static let command = "audit"
}
