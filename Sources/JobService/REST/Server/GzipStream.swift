import CZlib
import NIOCore

/// Compresses bytes as gzip (RFC 1952), by zlib. Used by one task at a time.
final class GzipStream {
    /// zlib refused; its code.
    struct Failure: Error {
        var code: Int32
    }

    /// Window bits of 15, the largest window; plus 16, which tells zlib to use the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16
    private static let outputStep = 32 << 10

    /// On the heap, as zlib remembers where it lies.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Begins a stream.
    ///
    /// - Throws: ``Failure`` when zlib has no memory.
    init() throws(Failure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let code = deflateInit2_(
            stream,
            Z_BEST_SPEED,
            Z_DEFLATED,
            Self.windowBits,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            size
        )
        guard code == Z_OK else {
            stream.deallocate()
            throw Failure(code: code)
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Takes bytes, and gives what is compressed of them and those before; all of it with the last ones.
    func compress(_ input: ByteBuffer, isLast: Bool) throws(Failure) -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: Self.outputStep)
        let code: Int32 = input.withUnsafeReadableBytes { bytes in
            // zlib only reads here; its struct is older than `const`.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            var code = Z_OK
            repeat {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.outputStep) { space in
                    let offered = min(space.count, Int(UInt32.max))
                    stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(offered)
                    code = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return offered - Int(stream.pointee.avail_out)
                }
            } while code == Z_OK && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
            return code
        }
        // A call that had nothing left to do says so by this code.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw Failure(code: code) }
        return output
    }
}
