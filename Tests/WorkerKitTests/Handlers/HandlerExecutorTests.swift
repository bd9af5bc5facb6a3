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
