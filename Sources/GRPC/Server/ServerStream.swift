/// What a server keeps about a stream besides its ``CallStream``; used on the event loop.
final class ServerStream {
    let method: RPCMethod
    let context: ServerContext
    var task: Task<Void, Never>?

    init(method: RPCMethod, context: ServerContext) {
        self.method = method
        self.context = context
    }
}
