import Telemetry
import TestSupport
import Testing

@Suite struct TraceContextTests {
    private static let example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func readsAndWritesTheExampleOfTheSpecification() throws {
        let context = try #require(TraceContext(traceparent: Self.example))
        #expect(context.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.traceID.high == 0x0AF7_6519_16CD_43DD)
        #expect(context.traceID.low == 0x8448_EB21_1C80_319C)
        #expect(context.spanID.value == 0xB7AD_6B71_6920_3331)
        #expect(context.flags == .sampled)
        #expect(context.traceparent == Self.example)
    }

    @Test(arguments: [
        "", "00", "00-", "garbage",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333x-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-é0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
    ])
    func refusesWhatIsMalformed(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test(arguments: ["", "-", "-what-the-future-brings"])
    func readsLaterVersionsAsFarAsItKnows(_ rest: String) throws {
        let text = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" + rest
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceparent == Self.example)
    }

    @Test(arguments: [("00", "00"), ("01", "01"), ("03", "03"), ("ff", "03"), ("f8", "00")])
    func handsOnOnlyKnownFlags(_ received: String, _ sent: String) throws {
        let stem = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
        #expect(try #require(TraceContext(traceparent: stem + received)).traceparent == stem + sent)
    }

    @Test(arguments: [1, 7, 4_242] as [UInt64])
    func everyContextSurvivesItsText(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let root = TraceContext.root(isSampled: .random(using: &generator), using: &generator)
            #expect(TraceContext(traceparent: root.traceparent) == root)
            let child = root.child(using: &generator)
            #expect(child.traceID == root.traceID)
            #expect(child.flags == root.flags)
            #expect(child.spanID != root.spanID)
        }
    }

    @Test func idsAreNeverZero() {
        #expect(TraceID(high: 0, low: 0) == nil)
        #expect(SpanID(0) == nil)
        #expect(TraceID(high: 0, low: 1)?.description == "00000000000000000000000000000001")
        #expect(SpanID(1)?.description == "0000000000000001")
    }
}
