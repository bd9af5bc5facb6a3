import OTLP
import Telemetry
import TestSupport
import Testing

@Suite struct TraceSamplerTests {
    @Test(
        arguments: [
            ("always_on", nil, .always), ("always_off", nil, .never), ("traceidratio", "0.25", .ratio(0.25)),
            ("traceidratio", nil, .ratio(1)), ("parentbased_always_on", nil, .parentBased(.always)),
            ("parentbased_always_off", nil, .parentBased(.never)),
            ("parentbased_traceidratio", "0.5", .parentBased(.ratio(0.5))), ("traceidratio", "1.1", nil),
            ("parentbased_traceidratio", "half", nil), ("jaeger_remote", nil, nil),
        ] as [(String, String?, TraceSampler?)]
    )
    func theNamesOfTheSpecificationAreKnown(_ name: String, _ argument: String?, _ sampler: TraceSampler?) {
        #expect(TraceSampler(name: name, argument: argument) == sampler)
    }

    /// A part of the traces, and the same ones in every process; a larger part has those of a smaller one.
    @Test(arguments: [1, 2, 3] as [UInt64]) func aRatioPicksThatPart(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let traces = (0..<20_000).map { _ in TraceID.random(using: &generator) }
        var before: Set<TraceID> = []
        for ratio in [0, 0.01, 0.2, 0.5, 1] {
            let picked = Set(traces.filter { TraceSampler.ratio(ratio).samples($0, parent: nil) })
            #expect(abs(Double(picked.count) / 20_000 - ratio) < 0.015, "seed \(seed)")
            #expect(picked.isSuperset(of: before), "seed \(seed)")
            before = picked
        }
    }

    @Test(arguments: [true, false]) func whatAParentDecidedHolds(_ isSampled: Bool) {
        var generator = SystemRandomNumberGenerator()
        let parent = TraceContext.root(isSampled: isSampled, using: &generator)
        for sampler in [TraceSampler.always, .never, .ratio(0.5)] {
            #expect(TraceSampler.parentBased(sampler).samples(parent.traceID, parent: parent) == isSampled)
        }
        #expect(TraceSampler.never.samples(parent.traceID, parent: parent) == false)
        #expect(TraceSampler.parentBased(.never).samples(parent.traceID, parent: nil) == false)
    }
}
