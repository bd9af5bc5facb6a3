import TestSupport
import Testing

@testable import GRPC

@Suite struct FrameScannerTests {
    @Test func findsEveryFrameWhereverReadsAreCut() {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            let lengths = (0..<20).map { _ in [0, 1, 8, 300].randomElement(using: &generator) ?? 0 }
            let bytes =
                [UInt8](repeating: 9, count: 24)
                + lengths.flatMap { RawConnection.frame(6, flags: 1, stream: 77, [UInt8](repeating: 9, count: $0)) }
            var scanner = FrameScanner(skipping: 24)
            var found: [Int] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(Int.random(in: 1...40, using: &generator)))
                rest = rest.dropFirst(part.count)
                let goesOn = part.withUnsafeBytes { part in
                    scanner.scan(part) { header in
                        found.append(header.length)
                        return header.type == .ping && header.stream == 77 && header.isAck
                    }
                }
                #expect(goesOn, "seed \(generator.seed)")
            }
            #expect(found == lengths, "seed \(generator.seed)")
        }
    }
}
