/// What a client keeps about a stream besides its ``CallStream``; used on the event loop.
final class ClientStream {
    let call: ClientCall

    /// Whether the attempt's end has been reported.
    var isEnded = false

    init(call: ClientCall) { self.call = call }
}
