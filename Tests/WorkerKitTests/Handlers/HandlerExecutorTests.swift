import Foundation
import TestSupport
import Testing

@testable import QueueFlowWorker

/// Serialized, as each of them has many threads.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HandlerExecutorTests {
    @Test(arguments: [false, true])
    func handlersThatBlockTheirThreadsHoldUpNeitherEachOtherNorTheRest(growsAtOnce: Bool) async throws {
        let executor = try HandlerExecutor(limit: 64, growsAtOnce: growsAtOnce)
        defer { executor.stop() }
        let blockade = Blockade()
        let handlers = (0..<64).map { _ in Task(executorPreference: executor) { blockade.block() } }
        // A heartbeat on the threads of everybody else.
        var longest = Duration.zero
        var beats = 0
        while blockade.inside < 64 || beats < 20 {
            let start = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(5))
            longest = max(longest, start.duration(to: .now))
            beats += 1
        }
        // It would never end if they were the same threads; but the machine may be busy.
        #expect(longest < .seconds(5))
        blockade.open()
        for handler in handlers { await handler.value }
    }

    @Test(arguments: [false, true])
    func thereAreNoMoreThreadsThanTheLimit(growsAtOnce: Bool) async throws {
        // No less than there are processors.
        let limit = 12
        let executor = try HandlerExecutor(limit: limit, growsAtOnce: growsAtOnce)
        defer { executor.stop() }
        let blockade = Blockade()
        let handlers = (0..<(2 * limit)).map { _ in Task(executorPreference: executor) { blockade.block() } }
        while blockade.inside < limit { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(blockade.inside == limit)
        blockade.open()
        for handler in handlers { await handler.value }
        #expect(blockade.inside == 2 * limit)
    }

    /// More threads than processors only take turns, once none is blocked.
    @Test(arguments: [false, true])
    func threadsThatWereAddedEndWhenTheyHaveNothingToDo(growsAtOnce: Bool) async throws {
        let executor = try HandlerExecutor(limit: 24, growsAtOnce: growsAtOnce, rest: .milliseconds(50))
        defer { executor.stop() }
        let least = executor.threads
        for _ in 0..<2 {
            let blockade = Blockade()
            let handlers = (0..<24).map { _ in Task(executorPreference: executor) { blockade.block() } }
            while blockade.inside < 24 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(executor.threads >= 24)
            blockade.open()
            for handler in handlers { await handler.value }
            while executor.threads > least { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(100))
            #expect(executor.threads == least)
        }
    }

    /// As after a pause of the machine: whichever thread is free takes what comes, so that none is idle for long.
    @Test(arguments: [false, true])
    func threadsThatWereAddedEndWhileWorkGoesOn(growsAtOnce: Bool) async throws {
        let executor = try HandlerExecutor(limit: 24, growsAtOnce: growsAtOnce, rest: .milliseconds(100))
        defer { executor.stop() }
        let blockade = Blockade()
        let handlers = (0..<24).map { _ in Task(executorPreference: executor) { blockade.block() } }
        while blockade.inside < 24 { try await Task.sleep(for: .milliseconds(1)) }
        blockade.open()
        for handler in handlers { await handler.value }
        let few = ProcessInfo.processInfo.activeProcessorCount + 4
        // It fails by the suite's time limit.
        while executor.threads > few {
            for _ in 0..<10 { await Task(executorPreference: executor) {}.value }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test(arguments: [false, true])
    func itRunsWhatSuspends(growsAtOnce: Bool) async throws {
        let executor = try HandlerExecutor(limit: 4, growsAtOnce: growsAtOnce)
        defer { executor.stop() }
        let sums = (0..<200).map { number in
            Task(executorPreference: executor) {
                for _ in 0..<20 { await Task.yield() }
                try await Task.sleep(for: .milliseconds(1))
                return number
            }
        }
        var sum = 0
        for task in sums { sum += try await task.value }
        #expect(sum == 199 * 100)
    }

    /// Its threads are what keeps it.
    @Test(arguments: [false, true])
    func stoppingEndsItsThreadsOnceTheirWorkIsDone(growsAtOnce: Bool) async throws {
        var executor: HandlerExecutor? = try HandlerExecutor(limit: 8, growsAtOnce: growsAtOnce)
        weak let remembered = executor
        let blockade = Blockade()
        let handlers = (0..<8).map { _ in Task(executorPreference: executor) { blockade.block() } }
        while blockade.inside < 8 { try await Task.sleep(for: .milliseconds(1)) }
        executor?.stop()
        executor = nil
        #expect(remembered != nil)
        blockade.open()
        for handler in handlers { await handler.value }
        // It fails by the suite's time limit.
        while remembered != nil { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// How many threads there are.
@Suite struct ThreadCountTests {
    /// Threads take work up and are done with it, are added, find nothing to do, and time passes. Laws: there are never more than the most nor
    /// fewer than the least; and nobody is let go who runs something.
    @Test(arguments: 0..<50) func nobodyIsLetGoWhoRunsSomething(round: Int) {
        var random = SeededGenerator(seed: UInt64(round))
        let least = round % 2 == 0 ? 0 : 2
        var threads = ThreadCount(least: least, most: 20, growsAtOnce: least == 0, rest: .seconds(5))
        while threads.count < least { _ = threads.add() }
        var now = ContinuousClock.now
        for _ in 0..<5_000 {
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<3:
                if threads.free == 0 { _ = threads.add() }
                if threads.free > 0 { threads.begin(at: now) }
            case 3..<6 where threads.busy > 0: threads.end()
            case 6 where threads.free > 0: _ = threads.letsGo()
            case 7 where threads.free > 0: _ = threads.letsIdleGo()
            default: break
            }
            #expect(threads.busy <= threads.count && (least...20).contains(threads.count), "seed \(round)")
        }
    }

    /// Ten are blocked for good, and others come and go.
    @Test func thoseThatAreBlockedKeepTheirThreadsButForOneAWhile() {
        var threads = ThreadCount(least: 2, most: 20, growsAtOnce: false, rest: .seconds(5))
        var now = ContinuousClock.now
        for _ in 0..<12 { _ = threads.add() }
        for _ in 0..<10 { threads.begin(at: now) }
        var gone = 0
        for _ in 0..<600 {
            now += .milliseconds(100)
            threads.begin(at: now)
            threads.end()
            while threads.letsGo() { gone += 1 }
            if threads.free == 0 { _ = threads.add() }
        }
        #expect(threads.count >= 11 && gone <= 12)
    }

    /// A pause of the machine has added one; what comes is done in no time.
    @Test(arguments: [false, true]) func oneTooManyGoesThoughItIsNeverIdleForLong(growsAtOnce: Bool) {
        var threads = ThreadCount(least: growsAtOnce ? 0 : 2, most: 20, growsAtOnce: growsAtOnce, rest: .seconds(5))
        var now = ContinuousClock.now
        for _ in 0..<20 { _ = threads.add() }
        for _ in 0..<2_000 {
            now += .milliseconds(10)
            threads.begin(at: now)
            threads.end()
            _ = threads.letsGo()
        }
        #expect(threads.count == (growsAtOnce ? 1 : 2))
    }
}
