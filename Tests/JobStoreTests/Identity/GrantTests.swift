import Foundation
import Testing

@testable import JobCore
@testable import JobStore

/// Who may give what.
struct GrantTests {
    private static let soon = Date(timeIntervalSince1970: 2_000_000_000)
    private static let later = soon.addingTimeInterval(60)

    private static func grant(
        _ role: Role,
        _ scopes: Set<Scope>? = nil,
        tenant: String = "acme",
        until end: Date? = nil
    ) -> Grant {
        Grant(tenant: TenantName(validated: tenant), role: role, scopes: scopes, expiresAt: end)
    }

    private static let all = Set(Scope.allCases)
    private static let ofUser: Set<Scope> = [.jobsRead, .jobsWrite, .schedulesRead, .schedulesWrite]
    private static let admin = grant(.admin)
    private static let writer = grant(.admin, [.adminWrite])
    private static let helper = grant(.admin, ofUser.union([.adminWrite]))
    private static let everyScope = grant(.admin, all)
    private static let brief = grant(.admin, until: soon)

    struct Case: Sendable {
        var giver: Grant
        var wish: Grant
        var excess: GrantExcess?

        init(_ giver: Grant, _ wish: Grant, _ excess: GrantExcess?) {
            (self.giver, self.wish, self.excess) = (giver, wish, excess)
        }
    }

    static let cases: [Case] = [
        // An administrator has everything, in every tenant, for ever.
        Case(admin, grant(.admin), nil), Case(admin, grant(.user, tenant: "other"), nil),
        Case(admin, grant(.worker, tenant: "other"), nil), Case(admin, grant(.admin, all, until: later), nil),
        // One that is confined to administering gives that, and nothing else.
        Case(writer, grant(.admin, [.adminWrite]), nil),
        Case(writer, grant(.admin, [.adminWrite], tenant: "other"), nil),
        Case(writer, grant(.admin, [.adminRead]), .scopes([.adminRead])),
        Case(writer, grant(.admin, all), .scopes(all.subtracting([.adminWrite]))),
        Case(writer, grant(.admin), .unconfined(.admin)), Case(writer, grant(.worker), .unconfined(.worker)),
        Case(writer, grant(.worker, [.adminWrite]), .unconfined(.worker)),
        Case(writer, grant(.user), .scopes(ofUser)), Case(writer, grant(.user, [.jobsRead]), .scopes([.jobsRead])),
        // One that has all that users have may make users.
        Case(helper, grant(.user), nil), Case(helper, grant(.user, [.jobsRead], tenant: "other"), nil),
        Case(helper, grant(.admin, [.jobsRead, .adminWrite]), nil),
        Case(helper, grant(.admin, [.adminRead]), .scopes([.adminRead])),
        Case(helper, grant(.admin), .unconfined(.admin)),
        // Every scope there is is less than no confinement.
        Case(everyScope, grant(.admin, all), nil), Case(everyScope, grant(.admin), .unconfined(.admin)),
        Case(everyScope, grant(.worker), .unconfined(.worker)), Case(everyScope, grant(.user), nil),
        // What ends gives nothing that lasts longer.
        Case(brief, grant(.admin, until: soon), nil),
        Case(brief, grant(.user, until: soon.addingTimeInterval(-1)), nil),
        Case(brief, grant(.admin), .lifetime(soon)), Case(brief, grant(.user, until: later), .lifetime(soon)),
        Case(grant(.admin, [.adminWrite], until: soon), grant(.admin, [.adminWrite]), .lifetime(soon)),
        // No other role gives more than itself, whatever calls let it ask.
        Case(grant(.user), grant(.user), nil), Case(grant(.user), grant(.user, [.jobsRead]), nil),
        Case(grant(.user), grant(.admin), .role(.admin)), Case(grant(.user), grant(.worker), .role(.worker)),
        Case(grant(.user), grant(.user, tenant: "other"), .role(.user)),
        Case(grant(.worker), grant(.user), .role(.user)),
    ]

    @Test(arguments: cases) func nobodyGivesMoreThanTheyHave(_ one: Case) {
        #expect(one.wish.excess(over: one.giver) == one.excess, "\(one.giver) gives \(one.wish)")
    }

    /// Of all pairs: whoever may give something may give all that this may give, so that no chain of keys leads further than its first.
    @Test func noChainLeadsFurther() {
        var grants: [Grant] = []
        for role in Role.allCases {
            for scopes in [nil, [], [.adminWrite], [.jobsRead], Self.ofUser, Self.all] as [Set<Scope>?] {
                for tenant in ["acme", "other"] {
                    for end in [nil, Self.soon, Self.later] {
                        grants.append(Self.grant(role, scopes, tenant: tenant, until: end))
                    }
                }
            }
        }
        for first in grants {
            for second in grants where second.excess(over: first) == nil {
                for third in grants where third.excess(over: second) == nil {
                    #expect(third.excess(over: first) == nil, "\(first) gives \(third) by way of \(second)")
                }
            }
        }
    }
}
