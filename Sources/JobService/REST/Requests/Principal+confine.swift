import JobCore
import JobStore

/// Reads what a request says, part by part.
protocol RequestReader {
    /// Refuses a part.
    mutating func refuse(_ name: String, _ detail: String)
}

extension QueryReader: RequestReader {}
extension MemberReader: RequestReader {}

extension RequestReader {
    /// Confines what is asked for to the tenant of who asks, unless that is an administrator.
    ///
    /// - Parameter tenant: The tenant that is named, if one is; one's own afterwards.
    mutating func confine(_ tenant: inout TenantName?, to principal: Principal) {
        guard let own = principal.visibleTenant else { return }
        if let tenant, tenant != own { refuse("tenant", principal.ruleOfTenants) }
        tenant = own
    }
}

extension Principal {
    fileprivate var ruleOfTenants: String { "must be '\(tenant)', one's own; only administrators may name another" }
}
