import JobCore
import JobStore
import Testing

struct PrincipalTests {
    @Test func onlyAnAdministratorSeesEveryTenant() throws {
        let tenant = try TenantName("acme")
        for role in Role.allCases {
            let principal = Principal(subject: "s", tenant: tenant, role: role)
            #expect(principal.visibleTenant == (role == .admin ? nil : tenant))
        }
    }
}
