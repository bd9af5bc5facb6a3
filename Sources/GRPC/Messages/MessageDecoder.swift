import Gzip
import NIOCore
import SwiftProtobuf

/// Turns received frames, prefix included, into messages.
struct MessageDecoder: Sendable {
    /// How messages whose flag says so are compressed; `identity` if the peer named no encoding.
    var compression: CompressionAlgorithm

    /// The largest size of a message in bytes, after decompression.
    var limit: Int

    /// Takes the next whole frame off `frames` and decodes it.
    /// - Throws: ``GRPCError``: `internal` for bytes that are no message, `resourceExhausted` for a message that grows
    ///   past the limit when decompressed.
    func next<M: Message>(from frames: inout ByteBuffer, as type: M.Type) throws(GRPCError) -> ReceivedMessage<M>? {
        guard let (flag, length) = frames.readMultipleIntegers(as: (UInt8, UInt32).self),
            var bytes = frames.readSlice(length: Int(length))
        else { return nil }
        let wireSize = Int(length) + FramedMessage.prefixLength
        if flag == 1 {
            bytes = try decompressed(bytes)
        }
        do {
            let message = try M(serializedBytes: ProtobufBytes(bytes))
            return ReceivedMessage(message: message, wasCompressed: flag == 1, wireSize: wireSize)
        } catch {
            throw GRPCError(
                code: .internal,
                message: "A received message is no valid \(M.protoMessageName).",
                cause: error
            )
        }
    }

    private func decompressed(_ bytes: ByteBuffer) throws(GRPCError) -> ByteBuffer {
        guard compression == .gzip else {
            throw GRPCError(
                code: .internal,
                message:
                    "A received message is marked as compressed, but no 'grpc-encoding' was announced for the call."
            )
        }
        do {
            return try Gzip.decompress(bytes, limit: limit)
        } catch Gzip.Failure.tooLarge {
            throw .messageTooLarge(limit: limit)
        } catch {
            throw GRPCError(code: .internal, message: "A received message could not be decompressed.", cause: error)
        }
    }
}

extension GRPCError {
    /// A received message is larger than this side accepts.
    static func messageTooLarge(limit: Int) -> GRPCError {
        GRPCError(
            code: .resourceExhausted,
            message:
                "A message is larger than the \(limit) bytes that are accepted here. Send smaller messages, or raise the limit."
        )
    }
}

/// Lets SwiftProtobuf read a message straight from a received buffer.
struct ProtobufBytes: SwiftProtobufContiguousBytes {
    var buffer: ByteBuffer

    init(_ buffer: ByteBuffer) { self.buffer = buffer }

    init(repeating value: UInt8, count: Int) { buffer = ByteBuffer(repeating: value, count: count) }

    init<S: Sequence>(_ sequence: S) where S.Element == UInt8 { buffer = ByteBuffer(bytes: sequence) }

    var count: Int { buffer.readableBytes }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeReadableBytes(body)
    }

    mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeMutableReadableBytes(body)
    }
}
