import DequeModule
import NIOCore

/// One stream as its connection's event loop sees it; the call's tasks see its ``CallStream``.
///
/// Used on the connection's event loop only.
final class HTTP2Stream {
    let id: Int32
    let call: CallStream
    var deframer: MessageDeframer

    /// Chunks taken over from the call and not yet in a frame.
    var sending: Deque<ByteBuffer> = []
    private(set) var sendingBytes = 0
    private var sentBytes = 0
    private var ending: OutboundBuffer.Ending?

    /// Whether this side's head has been submitted.
    var isHeadSubmitted = false
    /// Whether the peer has ended its side.
    var isRemoteEnded = false
    /// Whether this side has ended its side.
    var isLocalEnded = false
    /// Whether further bytes of the peer are ignored, after some that made no sense.
    var isIgnoringData = false
    /// Whether the connection has it on its list of streams with news for tasks.
    var isTouched = false
    /// Ends the call when its time is up.
    var deadline: Scheduled<Void>?
    /// What the server or the client keeps about the stream.
    var owner: Owner

    enum Owner {
        case server(ServerStream)
        case client(ClientStream)
    }

    init(id: Int32, call: CallStream, messageLimit: Int, owner: Owner) {
        self.id = id
        self.call = call
        self.deframer = MessageDeframer(limit: messageLimit)
        self.owner = owner
    }

    /// Whether nothing waits to be sent.
    var isIdle: Bool { sendingBytes == 0 && call.isOutboundEmpty }

    /// Makes up to `limit` bytes ready to be sent; how many are, and what follows them.
    func prepare(limit: Int) -> (count: Int, ending: OutboundBuffer.Ending?) {
        if sendingBytes < limit, ending == nil {
            let before = sending.count
            ending = call.takeOutbound(into: &sending, sent: sentBytes)
            sentBytes = 0
            for chunk in sending.dropFirst(before) { sendingBytes += chunk.readableBytes }
        }
        return sendingBytes <= limit ? (sendingBytes, ending) : (limit, nil)
    }

    /// Appends `count` prepared bytes to `output`.
    func write(count: Int, to output: inout ByteBuffer) {
        var rest = count
        while rest > 0, let first = sending.first {
            if first.readableBytes <= rest {
                output.writeImmutableBuffer(first)
                rest -= first.readableBytes
                sending.removeFirst()
            } else if let part = sending[0].readSlice(length: rest) {
                output.writeImmutableBuffer(part)
                rest = 0
            }
        }
        sendingBytes -= count
        sentBytes += count
    }

    /// Hands whole messages, and their end if there is one, to the call; how many bytes the peer may be credited at once.
    func deliver(end: InboundBuffer.End?) -> Int {
        isTouched = false
        return call.receive(chunks: deframer.takeReady(), partialBytes: deframer.partialBytes, end: end)
    }
}
