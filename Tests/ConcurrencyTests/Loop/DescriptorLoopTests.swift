import Concurrency
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DescriptorLoopTests {
    @Test func actorsRunOnTheLoopsThread() async throws {
        let loop = try DescriptorLoop(name: "test-loop-a")
        let (one, two) = (TestActor(on: loop), TestActor(on: loop))
        #expect(await one.threadName() == "test-loop-a")
        #expect(await two.threadName() == "test-loop-a")
    }

    @Test func aTaskThatPrefersTheLoopRunsOnItsThread() async throws {
        let loop = try DescriptorLoop(name: "test-loop-t")
        let actor = TestActor(on: loop)
        let names = await Task(executorPreference: loop) {
            var names = [TestActor.currentThreadName(), await actor.threadName(), TestActor.currentThreadName()]
            await actor.increment()
            _ = await loop.wait(for: nil, until: .now + .milliseconds(1))
            names.append(TestActor.currentThreadName())
            return names
        }.value
        #expect(names == Array(repeating: "test-loop-t", count: 4))
        #expect(await actor.threadName() == "test-loop-t")
        #expect(TestActor.currentThreadName() != "test-loop-t")
    }

    @Test func aTaskKeepsTheLoopThatItPrefers() async throws {
        let task = Task(executorPreference: try DescriptorLoop(name: "test-loop-k")) {
            try await Task.sleep(for: .milliseconds(20))
            return TestActor.currentThreadName()
        }
        #expect(try await task.value == "test-loop-k")
    }

    @Test func callsOfManyTasksAreSerial() async throws {
        let actor = TestActor(on: try DescriptorLoop())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { for _ in 0..<200 { await actor.increment() } } }
        }
        #expect(await actor.count == 10_000)
    }

    @Test func aWaitEndsWhenTheDescriptorIsReady() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        async let outcome = TestActor(on: loop).wait(for: pipe.readEnd)
        pipe.send()
        #expect(await outcome == .ready(.read))
        #expect(await loop.wait(for: pipe.writeEnd, .write) == .ready(.write))
    }

    @Test func aPeerThatClosesMakesTheDescriptorReady() async throws {
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let loop = try DescriptorLoop()
        let (mine, peers) = (ends[0], ends[1])
        async let outcome = TestActor(on: loop).wait(for: mine, .read)
        close(peers)
        #expect(await outcome == .ready(.read))
        close(mine)
    }

    @Test func aDeadlineEndsAWaitNotBeforeItsTime() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        let deadline = ContinuousClock.now + .milliseconds(30)
        #expect(await loop.wait(for: pipe.readEnd, until: deadline) == .timedOut)
        #expect(ContinuousClock.now >= deadline)
        #expect(await loop.wait(for: pipe.readEnd, until: .now - .seconds(1)) == .timedOut)
    }

    @Test func readinessWinsOverADeadlineThatHasPassed() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        pipe.send()
        #expect(await loop.wait(for: pipe.readEnd, until: .now - .seconds(1)) == .ready(.read))
    }

    @Test func cancellationEndsAWait() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        let actor = TestActor(on: loop)
        let task = Task { await actor.wait(for: pipe.readEnd) }
        await actor.increment()
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test func cancellationBeforeTheWaitEndsItToo() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        let outcome = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await loop.wait(for: pipe.readEnd)
        }.value
        #expect(outcome == .cancelled)
    }

    @Test func cancellationRacesAreNeverLost() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        for _ in 0..<500 {
            let task = Task { await loop.wait(for: pipe.readEnd) }
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test func aWaitMayDisregardCancellation() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        let actor = TestActor(on: loop)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await actor.wait(for: pipe.readEnd, heedsCancellation: false)
        }
        pipe.send()
        #expect(await task.value == .ready(.read))
    }

    @Test func aSignalRaisedBeforeTheWaitIsSeen() async throws {
        let loop = try DescriptorLoop()
        let signal = loop.makeSignal()
        signal.raise()
        signal.raise()
        #expect(await loop.wait(for: nil, signal: signal) == .signalled)
        #expect(await loop.wait(for: nil, until: .now + .milliseconds(5), signal: signal) == .timedOut)
    }

    @Test func signalsFromManyThreadsAreNeverLost() async throws {
        let loop = try DescriptorLoop()
        let signal = loop.makeSignal()
        for _ in 0..<500 {
            async let outcome = loop.wait(for: nil, until: .now + .seconds(20), signal: signal)
            signal.raise()
            #expect(await outcome == .signalled)
        }
    }

    @Test func manyWaitsShareOneLoop() async throws {
        let loop = try DescriptorLoop()
        let pipes = try (0..<100).map { _ in try Pipe() }
        await withTaskGroup(of: WaitOutcome.self) { group in
            for pipe in pipes { group.addTask { await loop.wait(for: pipe.readEnd) } }
            for pipe in pipes.reversed() { pipe.send() }
            for await outcome in group { #expect(outcome == .ready(.read)) }
        }
    }

    @Test func twoWaitsForOneDescriptorBothEnd() async throws {
        let loop = try DescriptorLoop()
        let pipe = try Pipe()
        async let one = loop.wait(for: pipe.readEnd)
        async let two = loop.wait(for: pipe.readEnd)
        pipe.send()
        #expect(await one == .ready(.read))
        #expect(await two == .ready(.read))
    }

    @Test func actorsTalkThroughPipes() async throws {
        let loop = try DescriptorLoop()
        let (forth, back) = (try Pipe(), try Pipe())
        let (one, two) = (TestActor(on: loop), TestActor(on: loop))
        async let first = one.bounce(2000, read: forth.readEnd, write: back.writeEnd)
        async let second = two.bounce(2000, read: back.readEnd, write: forth.writeEnd)
        forth.send()
        #expect(await first == 2000)
        #expect(await second == 2000)
    }

    @Test func theThreadEndsWithItsLoop() async throws {
        let name = "test-loop-end"
        try await {
            let loop = try DescriptorLoop(name: name)
            let pipe = try Pipe()
            pipe.send()
            #expect(await TestActor(on: loop).wait(for: pipe.readEnd) == .ready(.read))
            #expect(Self.threadNames().contains(name))
        }()
        // The thread ends by itself, a moment later; nothing signals that to its own process.
        let limit = ContinuousClock.now + .seconds(10)
        while Self.threadNames().contains(name), .now < limit { try await Task.sleep(for: .milliseconds(1)) }
        #expect(!Self.threadNames().contains(name))
    }

    private static func threadNames() -> [String] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }
            .map { $0.trimmingCharacters(in: .newlines) }
    }
}
