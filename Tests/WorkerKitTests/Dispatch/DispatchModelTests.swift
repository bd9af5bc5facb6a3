import Foundation
import TestSupport
import Testing

@testable import QueueFlowWorker

/// The laws of dispatch, under random events; see ``DispatchModel``.
///
/// `DISPATCH_SEED` runs one sequence again, with what happened in it, and `DISPATCH_SEQUENCES` says how many are run. What a seed does
/// is the same from run to run only with `SWIFT_DETERMINISTIC_HASHING=1`.
@Suite(.timeLimit(.minutes(5))) struct DispatchModelTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["DISPATCH_SEED"].flatMap(UInt64.init)
    private static let sequences = environment["DISPATCH_SEQUENCES"].flatMap(Int.init) ?? 500

    @Test(arguments: [false, true]) func theLawsHoldWhateverHappens(drains: Bool) async throws {
        var seeds = SeededGenerator()
        var (granted, beside) = (0, 0)
        for _ in 0..<(Self.seed == nil ? Self.sequences : 1) {
            let seed = Self.seed ?? seeds.next()
            var model = try DispatchModel(seed: seed, isTraced: Self.seed != nil)
            do {
                for _ in 0..<Int.random(in: 50...500, using: &seeds) { try model.step() }
                if drains { try model.drain() } else { try model.settle() }
            } catch {
                print(model.trace.lines.joined(separator: "\n"))
                Issue.record("DISPATCH_SEED=\(seed) SWIFT_DETERMINISTIC_HASHING=1: \(error)")
                return
            }
            granted += model.granted
            beside += model.beside
            // Other tests want to go on, too.
            await Task.yield()
        }
        // A model in which nothing is granted breaks no law.
        #expect(granted > 10 * (Self.seed == nil ? Self.sequences : 0))
        #expect(beside > 0 || Self.seed != nil)
    }
}
