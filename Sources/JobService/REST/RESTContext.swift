import Hummingbird
import JobCore

/// What is known about a request while it is answered.
struct RESTContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Names the request in answers and logs.
    var requestID = ""
    /// Who asks; nil unless ``Authenticator`` has found out.
    var principal: Principal?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
