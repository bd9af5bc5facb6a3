import DequeModule
import NIOCore

/// What has arrived for a call and was not read yet, and how many bytes the peer may be given credit for.
///
/// A pure value; ``CallStream`` guards it. The peer's credit, its HTTP/2 stream window, grows only by bytes that the application has
/// read. One exception makes messages larger than the window possible: while no whole message waits to be read, the bytes of an
/// incomplete message are credited at once. So at most one window and one message are buffered.
struct InboundBuffer {
    private(set) var head: Metadata?
    private(set) var end: End?
    private var chunks: Deque<ByteBuffer> = []
    private var partial = 0
    private var prepaid = 0
    private var creditDue = 0
    private let creditThreshold: Int

    /// How the peer ended its side.
    enum End {
        /// It said all it wanted; the trailers, on a client.
        case finished(Metadata)
        case failed(GRPCError)
    }

    enum Next {
        case frame(ByteBuffer)
        case finished
        case failed(GRPCError)
        case empty
    }

    /// - Parameter window: the size of the stream's receive window in bytes.
    init(window: Int) { creditThreshold = max(1, window / 4) }

    /// Whether a reader has something to do.
    var isReady: Bool { !chunks.isEmpty || end != nil }

    /// Whether enough was read for the peer to be told.
    var isCreditWorthTelling: Bool { creditDue >= creditThreshold }

    mutating func receive(head: Metadata) {
        if self.head == nil { self.head = head }
    }

    /// Takes in whole messages, and notes how many bytes of an incomplete one there are by now.
    mutating func receive(chunks arrived: Deque<ByteBuffer>, partialBytes: Int) {
        chunks.append(contentsOf: arrived)
        partial = partialBytes
        if chunks.isEmpty { prepayPartial() }
    }

    /// Ends the peer's side; messages that came before are still read. The first end counts.
    mutating func finish(_ end: End) {
        if self.end == nil { self.end = end }
    }

    /// Drops what was not read.
    mutating func discard() { chunks.removeAll() }

    /// Takes the next whole message with its prefix.
    mutating func next() -> Next {
        guard !chunks.isEmpty else {
            switch end {
            case .none: return .empty
            case .finished: return .finished
            case .failed(let error): return .failed(error)
            }
        }
        let length = chunks[0].getInteger(at: chunks[0].readerIndex + 1, as: UInt32.self) ?? 0
        let size = FramedMessage.prefixLength + Int(length)
        guard let frame = chunks[0].readSlice(length: size) else { return .empty }
        if chunks[0].readableBytes == 0 { chunks.removeFirst() }
        let paid = min(prepaid, size)
        prepaid -= paid
        creditDue += size - paid
        if chunks.isEmpty { prepayPartial() }
        return .frame(frame)
    }

    mutating func takeCredit() -> Int {
        defer { creditDue = 0 }
        return creditDue
    }

    /// Forgets what a failed attempt has left, before the next one.
    mutating func rewind() {
        head = nil
        end = nil
        chunks.removeAll()
        partial = 0
        prepaid = 0
        creditDue = 0
    }

    private mutating func prepayPartial() {
        creditDue += max(0, partial - prepaid)
        prepaid = max(partial, prepaid)
    }
}
