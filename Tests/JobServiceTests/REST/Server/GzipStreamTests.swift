import CZlib
import NIOCore
import Testing

@testable import JobService

@Suite struct GzipStreamTests {
    @Test(arguments: [0, 1, 5_000, 300_000])
    func whatIsCompressedInPiecesComesBackWhole(_ count: Int) throws {
        var generator = SystemRandomNumberGenerator()
        // Half of it does not compress, so that more comes out than one step holds.
        let bytes = (0..<count).map { $0.isMultiple(of: 2) ? UInt8.random(in: 0...255, using: &generator) : 0x20 }
        let stream = try GzipStream()
        var compressed: [UInt8] = []
        for start in stride(from: 0, to: count, by: 70_000) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + 70_000, count)])
            compressed += [UInt8](buffer: try stream.compress(piece, isLast: false))
        }
        compressed += [UInt8](buffer: try stream.compress(ByteBuffer(), isLast: true))
        #expect(try inflated(compressed, count: count) == bytes)
    }

    private func inflated(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        var stream = z_stream()
        try #require(inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { inflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: count + 1))
        let code = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        #expect(code == Z_STREAM_END)
        return Array(output.prefix(Int(stream.total_out)))
    }
}
