import DequeModule
import NIOCore

/// What was written to a call and has not gone out yet.
///
/// A pure value; ``CallStream`` guards it. Writers are held up while more than `highWatermark` bytes wait, until fewer than half of
/// that do.
struct OutboundBuffer {
    private var chunks: Deque<ByteBuffer> = []
    private(set) var bytes = 0
    private(set) var ending: Ending?
    private(set) var closed: GRPCError?
    var initialMetadata = Metadata()
    private(set) var isHeadDue = false
    private let highWatermark: Int
    private var replay: ReplayBuffer?

    /// How this side ends the stream.
    enum Ending {
        /// A client has sent all of its messages.
        case halfClose
        /// A server ends the call.
        case trailers(GRPCStatus, Metadata)
    }

    /// - Parameters:
    ///   - highWatermark: bytes that may wait before writers are held up.
    ///   - replayLimit: bytes that are kept so that the call can be tried again; 0 for none.
    init(highWatermark: Int, replayLimit: Int) {
        self.highWatermark = highWatermark
        replay = replayLimit > 0 ? ReplayBuffer(limit: replayLimit) : nil
    }

    /// Whether writers go on.
    var hasRoom: Bool { bytes < highWatermark || closed != nil }

    /// Whether held up writers are to go on: there is room enough for more than the next message.
    var isDrained: Bool { bytes <= highWatermark / 2 || closed != nil }

    /// Whether nothing waits to be sent.
    var isEmpty: Bool { chunks.isEmpty }

    /// Whether the call could be tried again from its beginning.
    var canReplay: Bool { replay?.isWhole ?? false }

    /// Asks for the head to go out now, ahead of messages.
    mutating func sendHead() { isHeadDue = true }

    /// Appends a framed message.
    mutating func write(_ frame: ByteBuffer) throws(GRPCError) {
        if let closed { throw closed }
        guard ending == nil else {
            throw GRPCError(code: .internal, message: "A message was written after the end of the stream.")
        }
        isHeadDue = true
        chunks.append(frame)
        bytes += frame.readableBytes
        replay?.keep(frame)
    }

    /// Ends this side; the first end counts.
    mutating func finish(_ ending: Ending) {
        guard self.ending == nil, closed == nil else { return }
        self.ending = ending
        isHeadDue = true
    }

    /// The stream is gone; writers are told `error`.
    mutating func close(_ error: GRPCError) {
        guard closed == nil else { return }
        closed = error
        chunks.removeAll()
        bytes = 0
        replay = nil
    }

    /// Hands all waiting chunks to the event loop; they count as waiting until ``sent(_:)`` tells that they are on their way.
    mutating func takeChunks(into sending: inout Deque<ByteBuffer>) {
        if sending.isEmpty {
            swap(&sending, &chunks)
        } else {
            sending.append(contentsOf: chunks)
            chunks.removeAll(keepingCapacity: true)
        }
    }

    mutating func sent(_ count: Int) { bytes = max(0, bytes - count) }

    /// The peer has begun to answer: from now on the call cannot be tried again.
    mutating func commit() { replay = nil }

    /// Puts everything written so far back in line, for another attempt.
    mutating func rewind() {
        guard let kept = replay?.frames else { return }
        chunks = Deque(kept)
        bytes = kept.reduce(0) { $0 + $1.readableBytes }
    }
}

/// The messages of a call from its first one on, as long as they fit a limit.
private struct ReplayBuffer {
    private(set) var frames: [ByteBuffer] = []
    private(set) var isWhole = true
    private var room: Int

    init(limit: Int) { room = limit }

    mutating func keep(_ frame: ByteBuffer) {
        guard isWhole else { return }
        room -= frame.readableBytes
        if room >= 0 {
            frames.append(frame)
        } else {
            isWhole = false
            frames = []
        }
    }
}
