import Gzip
import NIOCore
import SwiftProtobuf

/// A message with its five-byte prefix, into which SwiftProtobuf writes without a copy in between.
///
/// The prefix is one byte that tells whether the message is compressed, then its length as a big-endian 32-bit number.
/// From the gRPC-over-HTTP/2 specification, "Length-Prefixed-Message". SwiftProtobuf asks for a buffer of the exact size, which is
/// made here with room for the prefix in front.
struct FramedMessage: SwiftProtobufContiguousBytes {
    static let prefixLength = 5

    /// The prefix and the message.
    private(set) var buffer: ByteBuffer

    init(repeating value: UInt8, count: Int) {
        buffer = Self.prefixed(compressed: false, length: count)
        buffer.writeRepeatingByte(value, count: count)
    }

    init<S: Sequence>(_ sequence: S) where S.Element == UInt8 {
        let bytes = Array(sequence)
        buffer = Self.prefixed(compressed: false, length: bytes.count)
        buffer.writeBytes(bytes)
    }

    var count: Int { buffer.readableBytes - Self.prefixLength }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeReadableBytes { try body(UnsafeRawBufferPointer(rebasing: $0[Self.prefixLength...])) }
    }

    mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeMutableReadableBytes {
            try body(UnsafeMutableRawBufferPointer(rebasing: $0[Self.prefixLength...]))
        }
    }

    /// Serialises and frames `message`.
    /// - Throws: ``GRPCError`` with `internal` if the message cannot be serialised.
    static func encode(_ message: some Message, compression: CompressionAlgorithm) throws(GRPCError) -> ByteBuffer {
        do {
            let framed: FramedMessage = try message.serializedBytes()
            guard compression == .gzip else { return framed.buffer }
            var plain = framed.buffer
            plain.moveReaderIndex(forwardBy: prefixLength)
            let compressed = try Gzip.compress(plain)
            var buffer = prefixed(compressed: true, length: compressed.readableBytes)
            buffer.writeImmutableBuffer(compressed)
            return buffer
        } catch {
            throw GRPCError(code: .internal, message: "The message could not be serialised.", cause: error)
        }
    }

    private static func prefixed(compressed: Bool, length: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: prefixLength + length)
        buffer.writeMultipleIntegers(compressed ? 1 : 0 as UInt8, UInt32(truncatingIfNeeded: length))
        return buffer
    }
}
