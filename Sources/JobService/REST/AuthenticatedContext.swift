import Hummingbird
import JobCore

/// What is known about a request whose sender is known. A route that takes it cannot be reached without a valid token.
struct AuthenticatedContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks.
    let principal: Principal

    /// Takes over what ``Authenticator`` found out.
    ///
    /// - Throws: ``Problem`` when nobody has authenticated the request.
    init(context: RESTContext) throws {
        guard let principal = context.principal else { throw Problem.authenticationRequired }
        coreContext = context.coreContext
        self.principal = principal
    }
}
