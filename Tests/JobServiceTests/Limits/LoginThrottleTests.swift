import Logging
import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobService
@testable import Platform

/// With Redis and without, by the same tests: with it, time is real and has to pass.
@Suite(.timeLimit(.minutes(1)))
struct LoginThrottleTests {
    enum Memory: CaseIterable { case redis, none }

    private struct Subject {
        var throttle: LoginThrottle
        /// Lets time pass.
        var pass: (Duration) async throws -> Void

        /// How long is to be waited; nil when the attempt was let through.
        func wait(_ username: String, _ address: String) async -> Duration? {
            switch await throttle.begin(username: username, address: address) {
            case .attempt: nil
            case .wait(let wait): wait
            }
        }

        func attempt(_ username: String, _ address: String) async throws -> LoginThrottle.Attempt {
            guard case .attempt(let attempt) = await throttle.begin(username: username, address: address) else {
                throw Refused()
            }
            return attempt
        }
    }

    private struct Refused: Error {}

    private func with(_ memory: Memory, _ body: (Subject) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let url = memory == .redis ? try await TestServers.shared.redis() : "redis://127.0.0.1:9"
        let redis = RedisConnection(configuration: try RedisConfiguration(url: url), logger: logger)
        let running = memory == .redis ? Task { try await redis.run() } : nil
        defer { running?.cancel() }
        while memory == .redis, !redis.isConnected { try await Task.sleep(for: .milliseconds(5)) }
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let throttle = LoginThrottle(redis: GuardedRedis(redis, breaker: CircuitBreaker("r"), logger: logger)) {
            start + passed.withLock { $0 }
        }
        try await body(
            Subject(throttle: throttle) { time in
                if memory == .redis {
                    try await Task.sleep(for: time)
                } else {
                    passed.withLock { $0 += time }
                }
            }
        )
    }

    @Test(arguments: Memory.allCases) func wrongPasswordsMakeOneWaitEverLonger(_ memory: Memory) async throws {
        try await with(memory) { subject in
            for _ in 0..<4 { #expect(await subject.wait("ada", "1") == nil) }
            for expected in [Duration.seconds(1), .seconds(2)] {
                let wait = try #require(await subject.wait("ada", "1"))
                #expect(wait > expected - .milliseconds(500) && wait <= expected)
                // To be refused makes nobody wait longer.
                #expect(try #require(await subject.wait("ada", "1")) <= wait)
                #expect(await subject.wait("bob", "1") == nil)
                try await subject.pass(wait + .milliseconds(5))
                #expect(await subject.wait("ada", "1") == nil)
            }
            #expect(try #require(await subject.wait("ada", "1")) > .seconds(3))
            #expect(await subject.wait("ada", "2") == nil, "another address is another matter")
        }
    }

    @Test(arguments: Memory.allCases) func ofManyAtOnceNoMoreAreLookedAtThanOfAsManyInARow(_ memory: Memory)
        async throws
    {
        try await with(memory) { subject in
            let throttle = subject.throttle
            let lookedAt = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        if case .attempt = await throttle.begin(username: "ada", address: "1") { true } else { false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(lookedAt == 4)
        }
    }

    @Test(arguments: Memory.allCases) func whatWasRightOrNotLookedAtIsTakenBack(_ memory: Memory) async throws {
        try await with(memory) { subject in
            for _ in 0..<50 { await subject.throttle.abandoned(try await subject.attempt("ada", "1")) }
            for _ in 0..<50 { await subject.throttle.succeeded(try await subject.attempt("ada", "2")) }
            // Also one that made others wait.
            for _ in 0..<3 { _ = try await subject.attempt("ada", "1") }
            for _ in 0..<5 { await subject.throttle.abandoned(try await subject.attempt("ada", "1")) }
            _ = try await subject.attempt("ada", "1")
            #expect(await subject.wait("ada", "1") != nil)
        }
    }

    @Test(arguments: Memory.allCases) func anOwnerIsNotKeptOutByOthers(_ memory: Memory) async throws {
        try await with(memory) { subject in
            await subject.throttle.succeeded(try await subject.attempt("ada", "home"))
            for address in 0..<21 { #expect(await subject.wait("ada", "\(address)") == nil) }
            let wait = try #require(await subject.wait("ada", "elsewhere"))
            #expect(wait <= .seconds(1))
            let attempt = try await subject.attempt("ada", "home")
            await subject.throttle.succeeded(attempt)
            #expect(await subject.wait("ada", "elsewhere") != nil, "what others guessed stays counted")
            for _ in 0..<4 { _ = try await subject.attempt("ada", "home") }
            #expect(await subject.wait("ada", "home") != nil, "guesses from there are as slow as from anywhere")
        }
    }

    @Test func thePenaltyDoublesUpToAnEnd() {
        #expect((0...6).map { LoginPenalty.pair.delay(after: $0) } == [0, 0, 0, 0, 1, 2, 4].map { .seconds($0) })
        #expect(LoginPenalty.pair.delay(after: 1_000) == .seconds(900))
        #expect(LoginPenalty.account.delay(after: 1_000) == .seconds(30))
    }
}
