import Hummingbird
import JobCore

/// What is known about a request while it is answered.
struct RESTContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Names the request in answers and logs.
    var requestID = ""
    /// The address at the other end of the connection; nil when it has none.
    let peerAddress: String?
    /// From where the request comes, as limits count it.
    var clientAddress = ""
    /// Who asks; nil unless ``AccessMiddleware`` has found out.
    var caller: Caller?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress
    }
}
