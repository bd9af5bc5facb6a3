/// A queue of one of the suite's tenants.
struct ChaosQueue: Hashable, Sendable, CustomStringConvertible {
    /// Who submits jobs. The names, with those of the queues, would collide where `.` and `_` are taken for the same.
    enum Tenant: String, CaseIterable, Hashable, Sendable {
        case `default`
        case acme
        case acmeEU = "acme_eu"
    }

    var tenant: Tenant
    var name: String

    /// Those that have jobs all the time.
    static let steady = [
        ChaosQueue(tenant: .default, name: "one"), ChaosQueue(tenant: .default, name: "two"),
        ChaosQueue(tenant: .default, name: "mail.out"), ChaosQueue(tenant: .default, name: "mail_out"),
        ChaosQueue(tenant: .acme, name: "one"), ChaosQueue(tenant: .acme, name: "eu.jobs"),
        ChaosQueue(tenant: .acmeEU, name: "jobs"),
    ]
    /// Those that get a backlog now and then.
    static let deep = [
        ChaosQueue(tenant: .default, name: "deep.jobs"), ChaosQueue(tenant: .default, name: "deep_jobs"),
        ChaosQueue(tenant: .acme, name: "eu.deep"), ChaosQueue(tenant: .acmeEU, name: "deep"),
    ]

    var description: String { "\(tenant.rawValue)/\(name)" }
}
