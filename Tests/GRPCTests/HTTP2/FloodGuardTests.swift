import CNghttp2
import NIOCore
import Testing

@testable import GRPC

/// A guard that expectations can ask, which cannot change values.
private final class Guarded {
    private var guarding: FloodGuard

    init(configuration: FloodGuard.Configuration) { guarding = FloodGuard(configuration: configuration) }

    func accepts(_ frame: HTTP2FrameHeader, now: NIODeadline) -> Bool { guarding.accepts(frame, now: now) }

    func accepts(streamClosedWith code: HTTP2ErrorCode, now: NIODeadline) -> Bool {
        guarding.accepts(streamClosedWith: code, now: now)
    }
}

@Suite struct FloodGuardTests {
    @Test(arguments: [2, 3, 4, 6, 9, 100] as [UInt8]) func endsAfterTheBurst(type: UInt8) {
        let guarding = Guarded(configuration: .init(burst: 10, perSecond: 1))
        let now = NIODeadline.now()
        for _ in 0..<10 { #expect(guarding.accepts(frame(type), now: now)) }
        #expect(!guarding.accepts(frame(type), now: now))
    }

    @Test func emptyDataCountsUnlessItEndsTheStream() {
        let guarding = Guarded(configuration: .init(burst: 10, perSecond: 1))
        let now = NIODeadline.now()
        for _ in 0..<100 { #expect(guarding.accepts(frame(0, flags: 1), now: now)) }
        for _ in 0..<10 { #expect(guarding.accepts(frame(0), now: now)) }
        #expect(!guarding.accepts(frame(0), now: now))
    }

    @Test func tokensComeBackWithTime() {
        let guarding = Guarded(configuration: .init(burst: 10, perSecond: 5))
        let begin = NIODeadline.now()
        for _ in 0..<10 { #expect(guarding.accepts(frame(6), now: begin)) }
        for _ in 0..<5 { #expect(guarding.accepts(frame(6), now: begin + .seconds(1))) }
        #expect(!guarding.accepts(frame(6), now: begin + .seconds(1)))
    }

    @Test func dataEarnsPingsButNoResets() {
        let guarding = Guarded(configuration: .init(burst: 10, perSecond: 1))
        let now = NIODeadline.now()
        for _ in 0..<100 {
            #expect(guarding.accepts(frame(0, length: 1), now: now))
            #expect(guarding.accepts(frame(6), now: now))
        }
        for _ in 0..<10 {
            #expect(guarding.accepts(frame(0, length: 1), now: now))
            #expect(guarding.accepts(frame(3), now: now))
        }
        #expect(!guarding.accepts(frame(3), now: now))
    }

    @Test(arguments: [HTTP2ErrorCode.protocolError, .refusedStream])
    func streamsThatThePeerMadeFailCount(code: HTTP2ErrorCode) {
        let guarding = Guarded(configuration: .init(burst: 10, perSecond: 1))
        let now = NIODeadline.now()
        for _ in 0..<100 { #expect(guarding.accepts(streamClosedWith: .cancel, now: now)) }
        for _ in 0..<10 { #expect(guarding.accepts(streamClosedWith: code, now: now)) }
        #expect(!guarding.accepts(streamClosedWith: code, now: now))
    }

    private func frame(_ type: UInt8, flags: UInt8 = 0, length: Int = 0) -> HTTP2FrameHeader {
        HTTP2FrameHeader(nghttp2_frame_hd(length: length, stream_id: 1, type: type, flags: flags, reserved: 0))
    }
}
