import Gzip
import NIOCore
import TestSupport
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 100, 40_000, 3_000_000]) func roundTrips(size: Int) throws {
        var generator = SeededGenerator()
        let plain = ByteBuffer(bytes: (0..<size).map { _ in UInt8.random(in: 0...15, using: &generator) })
        let compressed = try Gzip.compress(plain)
        #expect(try Gzip.decompress(compressed, limit: size) == plain, "seed \(generator.seed)")
    }

    @Test func aBombGoesOffAtTheLimit() throws {
        let bomb = try Gzip.compress(ByteBuffer(repeating: 0, count: 50_000_000))
        #expect(bomb.readableBytes < 60_000)
        #expect(throws: Gzip.Failure.self) { try Gzip.decompress(bomb, limit: 1_000_000) }
    }

    @Test func damagedBytesAreRefused() throws {
        let compressed = try Gzip.compress(ByteBuffer(repeating: 7, count: 1000))
        let truncated = compressed.getSlice(at: 0, length: compressed.readableBytes - 9) ?? ByteBuffer()
        for damaged in [truncated, ByteBuffer(), ByteBuffer(bytes: [1, 2, 3, 4, 5])] {
            #expect(throws: Gzip.Failure.self) { try Gzip.decompress(damaged, limit: 1_000_000) }
        }
    }
}
