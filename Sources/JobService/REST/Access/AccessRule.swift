import HTTPTypes
import JobCore

/// Who may make a call.
struct AccessRule: Sendable {
    /// Whom a call is for.
    enum Access: Hashable, Sendable {
        /// Anybody, without credentials.
        case anyone
        /// Principals of some roles; an API key that is confined to scopes must have this one. Nil for what needs none.
        case roles(Set<Role>, Scope?)
    }

    /// What a call is counted against.
    enum Budget: Hashable, Sendable {
        /// Nothing: it changes nothing.
        case none
        /// What a principal, or else an address, may change.
        case changes
        /// What an address may try to get in.
        case logins
    }

    let method: HTTPRequest.Method
    /// The route's pattern, such as `/jobs/{id}`.
    let path: String
    let access: Access
    let budget: Budget

    /// A rule for a route. What only reads is counted against nothing.
    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, budget: Budget? = nil) {
        self.method = method
        self.path = path
        self.access = access
        self.budget = budget ?? (method == .get ? .none : .changes)
    }
}
