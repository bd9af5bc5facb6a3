import CZlib
import NIOCore

/// What zlib keeps of one stream, with the gzip wrapper.
final class ZlibState {
    enum Direction {
        case compressing(level: Int32)
        case decompressing
    }

    /// How much room for output is made at a time.
    static let outputStep = 32 * 1024
    /// Window bits of 15, the largest window; plus 16, which tells zlib to use the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16

    /// On the heap, as zlib remembers where it lies.
    private let stream: UnsafeMutablePointer<z_stream>
    private let direction: Direction

    /// - Throws: ``Gzip/Failure/zlib(_:)`` when zlib has no memory.
    init(_ direction: Direction) throws(Gzip.Failure) {
        self.direction = direction
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let code =
            switch direction {
            case .compressing(let level):
                deflateInit2_(
                    stream,
                    level,
                    Z_DEFLATED,
                    Self.windowBits,
                    8,
                    Z_DEFAULT_STRATEGY,
                    ZLIB_VERSION,
                    size
                )
            case .decompressing: inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, size)
            }
        guard code == Z_OK else { throw .zlib(code) }
    }

    deinit {
        switch direction {
        case .compressing: deflateEnd(stream)
        case .decompressing: inflateEnd(stream)
        }
        stream.deallocate()
    }

    /// The most bytes that so many become when they are compressed in one go.
    func bound(of count: Int) -> Int {
        Int(deflateBound(stream, UInt(count)))
    }

    /// Gives zlib bytes until it has taken them and given what it has to give for them.
    ///
    /// - Parameters:
    ///   - input: The bytes.
    ///   - flush: Whether more will come, in zlib's words.
    ///   - firstStep: Room for output to begin with.
    ///   - limit: Ends as soon as the output is larger.
    /// - Returns: The output, and zlib's last code.
    func run(_ input: ByteBuffer, flush: Int32, firstStep: Int, limit: Int = .max) -> (output: ByteBuffer, code: Int32)
    {
        var output = ByteBufferAllocator().buffer(capacity: firstStep)
        let code: Int32 = input.withUnsafeReadableBytes { bytes in
            // zlib only reads here; its struct is older than `const`.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            var code = Z_OK
            var step = firstStep
            repeat {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: step) { space in
                    let offered = min(space.count, Int(UInt32.max))
                    stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(offered)
                    code =
                        switch direction {
                        case .compressing: deflate(stream, flush)
                        case .decompressing: inflate(stream, flush)
                        }
                    return offered - Int(stream.pointee.avail_out)
                }
                step = Self.outputStep
            } while code == Z_OK && output.readableBytes <= limit
                && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
            return code
        }
        return (output, code)
    }
}
