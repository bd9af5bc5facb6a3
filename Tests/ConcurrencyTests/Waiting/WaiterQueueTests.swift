import Concurrency
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct WaiterQueueTests {
    /// Tasks take numbers, and wait while there are none.
    private final class Numbers: Sendable {
        private struct State {
            var numbers: [Int] = []
            var waiters = WaiterQueue<Int>()
        }

        private let state = Mutex(State())

        var waiting: Int { state.withLock { $0.waiters.count } }

        /// 0 if the task was cancelled.
        func take(heedsCancellation: Bool = true) async -> Int {
            await state.wait(in: \.waiters, ifCancelled: heedsCancellation ? 0 : nil) { state in
                state.numbers.isEmpty ? nil : state.numbers.removeFirst()
            }
        }

        func put(_ number: Int) {
            state.withLock { state in
                let first = state.waiters.popFirst()
                if first == nil { state.numbers.append(number) }
                return first
            }?.resume(returning: number)
        }

        func endAll() {
            state.withLock { $0.waiters.removeAll() }.resume(returning: -1)
        }

        func until(waiting count: Int) async {
            while waiting != count, !Task.isCancelled { await Task.yield() }
        }
    }

    @Test func whatIsThereIsTakenWithoutWaiting() async {
        let numbers = Numbers()
        numbers.put(7)
        #expect(await numbers.take() == 7)
        #expect(numbers.waiting == 0)
    }

    @Test func tasksAreServedInTheOrderOfTheirComing() async {
        let numbers = Numbers()
        var tasks: [Task<Int, Never>] = []
        for count in 1...5 {
            tasks.append(Task { await numbers.take() })
            await numbers.until(waiting: count)
        }
        for number in 1...5 { numbers.put(number) }
        for (index, task) in tasks.enumerated() { #expect(await task.value == index + 1) }
    }

    @Test func aCancelledTaskLeavesItsPlaceToTheOthers() async {
        let numbers = Numbers()
        let first = Task { await numbers.take() }
        await numbers.until(waiting: 1)
        let second = Task { await numbers.take() }
        await numbers.until(waiting: 2)
        first.cancel()
        #expect(await first.value == 0)
        numbers.put(1)
        #expect(await second.value == 1)
    }

    @Test func aTaskCancelledBeforeItWaitsTakesNothing() async {
        let numbers = Numbers()
        numbers.put(1)
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return await numbers.take()
        }
        late.cancel()
        #expect(await late.value == 0)
        #expect(await numbers.take() == 1)
    }

    @Test func whoDoesNotHeedCancellationWaitsOn() async {
        let numbers = Numbers()
        let task = Task { await numbers.take(heedsCancellation: false) }
        task.cancel()
        await numbers.until(waiting: 1)
        numbers.put(3)
        #expect(await task.value == 3)
    }

    @Test(arguments: [1, 2, 17]) func allAreWokenTogether(count: Int) async {
        let numbers = Numbers()
        let tasks = (0..<count).map { _ in Task { await numbers.take() } }
        await numbers.until(waiting: count)
        numbers.endAll()
        for task in tasks { #expect(await task.value == -1) }
        #expect(numbers.waiting == 0)
    }

    /// Whatever cancellations and numbers meet, none is lost and nobody is left waiting.
    @Test func nothingIsLostBetweenCancellationsAndNumbers() async {
        let numbers = Numbers()
        let tasks = (0..<500).map { _ in Task { await numbers.take() } }
        let canceller = Task.detached { for task in tasks.shuffled().prefix(200) { task.cancel() } }
        for number in 1...500 { numbers.put(number) }
        await canceller.value
        var taken: [Int] = []
        for task in tasks {
            let number = await task.value
            if number > 0 { taken.append(number) }
        }
        while taken.count < 500 { taken.append(await numbers.take()) }
        #expect(taken.sorted() == Array(1...500))
    }
}

@Suite(.timeLimit(.minutes(1))) struct LatchTests {
    @Test func opensForThoseWhoWaitAndForThoseWhoCome() async {
        let latch = Latch()
        let waiting = (0..<3).map { _ in Task { await latch.wait() } }
        #expect(!latch.isOpen)
        latch.open()
        for task in waiting { await task.value }
        await latch.wait()
        #expect(latch.isOpen)
    }

    @Test func cancellationEndsAWaitThatHeedsIt() async {
        let latch = Latch()
        let waiting = Task { await latch.wait() }
        waiting.cancel()
        await waiting.value
        let stubborn = Task {
            await latch.wait(heedsCancellation: false)
            return latch.isOpen
        }
        stubborn.cancel()
        latch.open()
        #expect(await stubborn.value)
    }
}

@Suite(.timeLimit(.minutes(1))) struct TimeLimitTests {
    @Test func whatEndsInTimeIsReturned() async {
        #expect(await withTimeLimit(.seconds(3600)) { 7 } == 7)
    }

    @Test func whatTakesTooLongIsCancelledAndAwaited() async {
        let latch = Latch()
        let ended = Latch()
        let result: Void? = await withTimeLimit(.milliseconds(1)) {
            await latch.wait()
            ended.open()
        }
        #expect(result == nil)
        #expect(ended.isOpen)
    }

    @Test func cancellationEndsTheWait() async {
        let latch = Latch()
        let task = Task { await withTimeLimit(.seconds(3600)) { await latch.wait() } }
        task.cancel()
        await task.value
    }
}
