import CZlib
import NIOCore

/// Gzip (RFC 1952) over whole messages, by zlib.
enum Gzip {
    /// Why a message could not be compressed or decompressed.
    enum Failure: Error {
        /// The output would pass the limit; nothing beyond it was kept.
        case tooLarge
        /// The bytes are not gzip, or stop too early.
        case corrupt
        /// zlib refused; its code.
        case zlib(Int32)
    }

    /// Window bits of 15, the largest window; plus 16, which tells zlib to use the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16
    private static let outputStep = 32 * 1024

    /// Compresses the readable bytes of `input`.
    static func compress(_ input: ByteBuffer) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        let rc = deflateInit2_(
            &stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            windowBits,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard rc == Z_OK else { throw .zlib(rc) }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(input.readableBytes)))
        return try run(&stream, input: input, firstStep: bound, limit: .max) { deflate(&$0, Z_FINISH) }
    }

    /// Decompresses the readable bytes of `input`, to at most `limit` bytes.
    /// - Throws: ``Failure/tooLarge`` as soon as the output passes the limit, so that a small message cannot claim much memory.
    static func decompress(_ input: ByteBuffer, limit: Int) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        let rc = inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard rc == Z_OK else { throw .zlib(rc) }
        defer { inflateEnd(&stream) }
        let firstStep = min(max(input.readableBytes * 4, 256), outputStep)
        return try run(&stream, input: input, firstStep: firstStep, limit: limit) { inflate(&$0, Z_NO_FLUSH) }
    }

    private static func run(
        _ stream: inout z_stream,
        input: ByteBuffer,
        firstStep: Int,
        limit: Int,
        step: (inout z_stream) -> Int32
    ) throws(Failure) -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: firstStep)
        let result: Int32 = input.withUnsafeReadableBytes { bytes in
            // zlib only reads here; its struct is older than `const`.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            var rc = Z_OK
            var grow = firstStep
            while rc == Z_OK, output.readableBytes <= limit {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: grow) { space in
                    stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    stream.avail_out = UInt32(min(space.count, Int(UInt32.max)))
                    let offered = Int(stream.avail_out)
                    rc = step(&stream)
                    return offered - Int(stream.avail_out)
                }
                grow = outputStep
            }
            return rc
        }
        if output.readableBytes > limit { throw .tooLarge }
        guard result == Z_STREAM_END else { throw .corrupt }
        return output
    }
}
