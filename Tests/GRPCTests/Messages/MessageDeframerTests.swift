import DequeModule
import NIOCore
import TestSupport
import Testing

@testable import GRPC

@Suite struct MessageDeframerTests {
    @Test func findsMessagesWhateverTheChunks() throws {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            let messages = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                [UInt8](
                    repeating: .random(in: 0...255, using: &generator),
                    count: [0, 1, 5, 100, 20_000].randomElement(using: &generator) ?? 0
                )
            }
            let stream = messages.flatMap { frame($0) }
            var deframer = MessageDeframer(limit: 100_000)
            var buffers: Deque<ByteBuffer> = []
            var rest = stream[...]
            while !rest.isEmpty {
                let chunk = rest.prefix(
                    Int.random(in: 1...(Bool.random(using: &generator) ? 7 : 16_384), using: &generator)
                )
                rest = rest.dropFirst(chunk.count)
                try Array(chunk).withUnsafeBytes { try deframer.append($0) }
                if Bool.random(using: &generator) { buffers.append(contentsOf: deframer.takeReady()) }
            }
            buffers.append(contentsOf: deframer.takeReady())
            #expect(buffers.flatMap { Array($0.readableBytesView) } == stream, "seed \(generator.seed)")
            #expect(deframer.messageCount == messages.count && deframer.partialBytes == 0, "seed \(generator.seed)")
        }
    }

    @Test func refusesATooLongMessageByItsPrefixAlone() {
        var deframer = MessageDeframer(limit: 100)
        let error = #expect(throws: GRPCError.self) { try append([0, 0, 0, 0, 101], to: &deframer) }
        #expect(error?.code == .resourceExhausted)
        #expect(deframer.partialBytes == 0)
    }

    @Test func refusesATooLongMessageAlsoIfItsPrefixComesInParts() throws {
        var deframer = MessageDeframer(limit: 100)
        try append([0, 0, 0], to: &deframer)
        let error = #expect(throws: GRPCError.self) { try append([0, 101, 1, 2, 3], to: &deframer) }
        #expect(error?.code == .resourceExhausted)
    }

    @Test func refusesAnUnknownFlag() {
        var deframer = MessageDeframer(limit: 100)
        let error = #expect(throws: GRPCError.self) { try append([2, 0, 0, 0, 0], to: &deframer) }
        #expect(error?.code == .internal)
    }

    private func frame(_ message: [UInt8]) -> [UInt8] {
        let length = UInt32(message.count)
        return [0, UInt8(length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
            + message
    }

    private func append(_ bytes: [UInt8], to deframer: inout MessageDeframer) throws {
        try bytes.withUnsafeBytes { try deframer.append($0) }
    }
}
