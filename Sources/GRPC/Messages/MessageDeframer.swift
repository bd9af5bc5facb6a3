import DequeModule
import NIOCore

/// Cuts the bytes of a stream's DATA frames into whole messages, wherever the frames' boundaries are.
///
/// Whole messages are kept with their prefix, many small ones to a buffer, so that a burst costs one allocation. The length of a
/// message is checked when its prefix is in, before any of it is buffered.
struct MessageDeframer {
    private let limit: Int
    private var partial = ByteBuffer()
    private(set) var ready: Deque<ByteBuffer> = []
    private(set) var messageCount = 0

    /// Buffers of small messages are filled up to this many bytes.
    private static let chunkSize = 16 * 1024

    /// - Parameter limit: the largest message accepted, in bytes without the prefix.
    init(limit: Int) { self.limit = limit }

    /// Bytes of a message that has not arrived whole.
    var partialBytes: Int { partial.readableBytes }

    /// Takes in the payload of a DATA frame.
    /// - Throws: ``GRPCError``: `resourceExhausted` for a message over the limit, `internal` for a malformed prefix.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(GRPCError) {
        var rest = bytes[...]
        if partial.readableBytes > 0 {
            try completePartial(with: &rest)
        }
        var end = rest.startIndex
        while let length = try frameLength(rest[end...]), rest.endIndex - end >= length {
            end += length
            messageCount += 1
        }
        if end > rest.startIndex { appendReady(UnsafeRawBufferPointer(rebasing: rest[..<end])) }
        if end < rest.endIndex { partial.writeBytes(UnsafeRawBufferPointer(rebasing: rest[end...])) }
    }

    /// Hands over the buffers of whole messages.
    mutating func takeReady() -> Deque<ByteBuffer> {
        var taken: Deque<ByteBuffer> = []
        swap(&taken, &ready)
        return taken
    }

    private mutating func completePartial(with rest: inout Slice<UnsafeRawBufferPointer>) throws(GRPCError) {
        move(upTo: FramedMessage.prefixLength - partial.readableBytes, from: &rest)
        guard let length = try partialLength() else { return }
        move(upTo: length - partial.readableBytes, from: &rest)
        if partial.readableBytes == length {
            ready.append(partial)
            partial = ByteBuffer()
            messageCount += 1
        }
    }

    private mutating func move(upTo count: Int, from rest: inout Slice<UnsafeRawBufferPointer>) {
        guard count > 0 else { return }
        partial.writeBytes(UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
        rest = rest.dropFirst(count)
    }

    private func partialLength() throws(GRPCError) -> Int? {
        guard let (flag, length) = partial.peekMultipleIntegers(as: (UInt8, UInt32).self) else { return nil }
        return try checked(flag: flag, length: length)
    }

    private func frameLength(_ bytes: Slice<UnsafeRawBufferPointer>) throws(GRPCError) -> Int? {
        guard bytes.count >= FramedMessage.prefixLength else { return nil }
        let start = bytes.startIndex
        let length =
            UInt32(bytes[start + 1]) << 24 | UInt32(bytes[start + 2]) << 16 | UInt32(bytes[start + 3]) << 8
            | UInt32(bytes[start + 4])
        return try checked(flag: bytes[start], length: length)
    }

    private func checked(flag: UInt8, length: UInt32) throws(GRPCError) -> Int {
        guard flag <= 1 else {
            throw GRPCError(code: .internal, message: "A message's compressed flag is \(flag); only 0 and 1 exist.")
        }
        guard length <= limit else { throw .messageTooLarge(limit: limit) }
        return FramedMessage.prefixLength + Int(length)
    }

    private mutating func appendReady(_ bytes: UnsafeRawBufferPointer) {
        if let last = ready.indices.last, ready[last].readableBytes + bytes.count <= Self.chunkSize {
            ready[last].writeBytes(bytes)
        } else {
            var buffer = ByteBufferAllocator().buffer(capacity: bytes.count)
            buffer.writeBytes(bytes)
            ready.append(buffer)
        }
    }
}
