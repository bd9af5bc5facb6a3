import Gzip
import NIOCore
import Testing

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
        #expect([UInt8](buffer: try Gzip.decompress(ByteBuffer(bytes: compressed), limit: count)) == bytes)
    }
}
