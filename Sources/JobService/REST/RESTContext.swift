import Hummingbird
import JobStore
import Logging
import NIOCore

/// What is known about a request while it is answered.
struct RESTContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Names the request in answers and logs.
    var requestID = ""
    /// The connection.
    let channel: any Channel
    /// The address at the other end of the connection; nil when it has none.
    let peerAddress: String?
    /// From where the request comes, as limits count it.
    var clientAddress = ""
    /// Who asks; nil unless ``AccessMiddleware`` has found out.
    var caller: Caller?

    /// Where the server's own, less readable id stands.
    private static let serverKey = "hb.request.id"

    /// Logs with the request's name. Made when there is something to say, which is seldom.
    var requestLogger: Logger {
        var logger = logger
        logger[metadataKey: Self.serverKey] = nil
        logger[metadataKey: "request_id"] = .string(requestID)
        return logger
    }

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        peerAddress = source.channel.remoteAddress?.ipAddress
    }
}

/// What is known about a request whose sender is known. A route that takes it cannot be reached without valid credentials.
struct AuthenticatedContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// Who asks, and by what that was proved.
    let caller: Caller
    /// By what it was proved who asks.
    var credential: Credential { caller.credential }
    /// Who asks.
    var principal: Principal { caller.principal }

    /// Takes over what ``AccessMiddleware`` found out.
    ///
    /// - Throws: ``Problem`` when nobody has authenticated the request.
    init(context: RESTContext) throws {
        guard let caller = context.caller else { throw Problem.authenticationRequired }
        coreContext = context.coreContext
        channel = context.channel
        self.caller = caller
    }
}
