import CZlib

/// Makes small gzip data that grows large.
enum GzipBomb {
    static func make(size: Int) throws -> [UInt8] {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream,
                9,
                Z_DEFLATED,
                15 + 16,
                9,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { throw Failed() }
        defer { deflateEnd(&stream) }
        var zeros = [UInt8](repeating: 0, count: 1 << 20)
        var output = [UInt8](repeating: 0, count: size / 500 + 1024)
        let capacity = output.count
        let written = zeros.withUnsafeMutableBufferPointer { zeros in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(capacity)
                var rest = size
                while rest > 0 {
                    stream.next_in = zeros.baseAddress
                    stream.avail_in = UInt32(min(rest, zeros.count))
                    rest -= Int(stream.avail_in)
                    deflate(&stream, rest > 0 ? Z_NO_FLUSH : Z_FINISH)
                }
                return capacity - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(written))
    }

    struct Failed: Error {}
}
