import TestSupport
import Testing

@testable import GRPC

@Suite struct GRPCTimeoutTests {
    @Test(arguments: [
        ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4m", .milliseconds(4)),
        ("5u", .microseconds(5)), ("6n", .nanoseconds(6)), ("99999999n", .nanoseconds(99_999_999)), ("0S", .zero),
        ("99999999H", .seconds(Int64(99_999_999) * 3600)),
    ])
    func decodes(text: String, expected: Duration) {
        #expect(decode(text) == expected)
    }

    @Test(arguments: ["", "S", "1", "1s", "-1S", "1.5S", "123456789S", " 1S", "1S "])
    func refuses(text: String) {
        #expect(decode(text) == nil)
    }

    @Test(arguments: [
        (Duration.nanoseconds(1), "1n"), (.milliseconds(99), "99000000n"), (.milliseconds(100), "100000u"),
        (.seconds(99), "99000000u"), (.seconds(100), "100000m"), (.seconds(200_000), "200000S"), (.zero, "1n"),
        (.seconds(-5), "1n"), (.seconds(Int64(1) << 40), "99999999H"), (.nanoseconds(100_000_001), "100001u"),
    ])
    func encodes(duration: Duration, expected: String) {
        #expect(GRPCTimeout.encode(duration) == expected)
    }

    @Test func encodingNeverShortensAndLosesLittle() throws {
        var generator = SeededGenerator()
        for _ in 0..<2000 {
            let nanoseconds = Int64.random(
                in: 1...(Int64(1) << Int64.random(in: 1...62, using: &generator)),
                using: &generator
            )
            let duration = Duration.nanoseconds(nanoseconds)
            let decoded = try #require(decode(GRPCTimeout.encode(duration)), "seed \(generator.seed)")
            #expect(decoded >= duration, "seed \(generator.seed)")
            #expect(decoded - duration <= max(duration / 100_000, .nanoseconds(1)), "seed \(generator.seed)")
        }
    }

    private func decode(_ text: String) -> Duration? {
        Array(text.utf8).withUnsafeBytes { GRPCTimeout.decode($0) }
    }
}
