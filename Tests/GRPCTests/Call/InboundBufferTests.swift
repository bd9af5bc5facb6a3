import DequeModule
import NIOCore
import TestSupport
import Testing

@testable import GRPC

@Suite struct InboundBufferTests {
    /// Whatever arrives in whatever parts, and however the reader lags: what is credited in the end is what has arrived, and it never runs
    /// further ahead of the reader than one message.
    @Test func creditsEveryByteOnce() {
        var generator = SeededGenerator()
        for _ in 0..<300 {
            var buffer = InboundBuffer(window: 1000)
            let sizes = (0..<30).map { _ in 5 + Int.random(in: 0...3000, using: &generator) }
            var credited = 0, read = 0, arrived = 0, partial = 0
            var pending = sizes[...]
            while let size = pending.first {
                let part = min(Int.random(in: 1...2000, using: &generator), size - partial)
                arrived += part
                partial += part
                if partial == size {
                    pending.removeFirst()
                    partial = 0
                    buffer.receive(chunks: [frame(size)], partialBytes: 0)
                } else {
                    buffer.receive(chunks: [], partialBytes: partial)
                }
                if Bool.random(using: &generator), case .frame(let frame) = buffer.next() {
                    read += frame.readableBytes
                }
                credited += buffer.takeCredit()
                #expect(credited <= read + 3005, "seed \(generator.seed)")
            }
            while case .frame(let frame) = buffer.next() { read += frame.readableBytes }
            credited += buffer.takeCredit()
            #expect(read == arrived && credited == arrived, "seed \(generator.seed)")
        }
    }

    @Test func messagesBeforeAFailureAreStillRead() {
        var buffer = InboundBuffer(window: 1000)
        buffer.receive(chunks: [frame(10)], partialBytes: 0)
        buffer.finish(.failed(GRPCError(code: .aborted, message: "")))
        buffer.finish(.finished([:]))
        guard case .frame = buffer.next(), case .failed(let error) = buffer.next() else {
            Issue.record("not a message and then the failure")
            return
        }
        #expect(error.code == .aborted)
    }

    @Test func severalMessagesOfAChunkComeOneByOne() {
        var buffer = InboundBuffer(window: 1000)
        var chunk = frame(7)
        chunk.writeImmutableBuffer(frame(5))
        buffer.receive(chunks: [chunk], partialBytes: 0)
        var sizes: [Int] = []
        while case .frame(let frame) = buffer.next() { sizes.append(frame.readableBytes) }
        #expect(sizes == [7, 5])
        #expect(!buffer.isReady)
    }

    private func frame(_ size: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(0 as UInt8, UInt32(size - 5))
        buffer.writeRepeatingByte(1, count: size - 5)
        return buffer
    }
}
