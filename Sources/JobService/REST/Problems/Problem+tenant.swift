import Hummingbird
import JobCore
import JobStore

/// What can be wrong with a call about a tenant, or one that makes something of it.
extension Problem {
    /// There is no tenant of the name.
    static func tenantNotFound(_ name: TenantName) -> Problem {
        Problem(
            slug: "not-found",
            status: .notFound,
            title: "Not found",
            detail: "There is no tenant '\(name)'. POST /tenants makes one."
        )
    }

    /// There is a tenant of the name.
    static func tenantNameTaken(_ name: TenantName) -> Problem {
        Problem(
            slug: "name-taken",
            status: .conflict,
            title: "The name is taken",
            detail: "There is a tenant '\(name)' already, or it is still being removed.",
            errors: [FieldError(field: "name", detail: "is the name of another tenant")]
        )
    }

    /// The tenant's state does not allow what is asked.
    static func tenantState(_ name: TenantName, _ state: TenantState, _ change: TenantChange) -> Problem {
        Problem(
            slug: "tenant-state",
            status: .conflict,
            title: "The tenant's state does not allow this",
            detail: change == .delete
                ? "Tenant '\(name)' is \(state.rawValue). Only a suspended tenant is deleted: POST /tenants/\(name)/suspend first."
                : "Tenant '\(name)' is being removed, which is not called back."
        )
    }

    /// The tenant is needed by who asks, or by the installation.
    static func tenantProtected(_ name: TenantName) -> Problem {
        Problem(
            slug: "tenant-protected",
            status: .conflict,
            title: "The tenant is needed",
            detail: """
                Neither the tenant 'default', which the installation's own accounts belong to, nor the one of who asks is suspended or \
                deleted, and nothing was done.
                """
        )
    }

    /// Nothing is made of a tenant that rests.
    static func tenantClosed(_ error: TenantClosed) -> Problem {
        Problem(
            slug: "tenant-suspended",
            status: .conflict,
            title: "The tenant is suspended",
            detail: "Nothing was done: \(error)."
        )
    }
}
