import Redis
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CommandTests {
    @Test func valuesComeBackAsTheyWereSet() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        try await redis.ping()
        let missing = try await redis.get("nothing")
        #expect(missing == nil)
        for value in [[], [0, 13, 10, 255, 0], Array(repeating: 7, count: 3_000_000)] as [[UInt8]] {
            try await redis.set("key", to: RedisArgument(value))
            let back = try await redis.get("key")
            #expect(back == value)
        }
        await test.stop()
    }

    @Test func conditionsAndLifetimesOfSet() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        let absent = try await redis.set("k", to: "1", when: .ifPresent)
        let first = try await redis.set("k", to: "1", lifetime: .seconds(60), when: .ifAbsent)
        let second = try await redis.set("k", to: "2", when: .ifAbsent)
        #expect(!absent && first && !second)
        let left = try await redis.send("PTTL", "k").integer
        #expect((1...60_000).contains(left ?? -1))
        let sum = try await redis.increment("k", by: 41)
        #expect(sum == 42)
        let expires = try await redis.expire("k", after: .seconds(5))
        let never = try await redis.expire("other", after: .seconds(5))
        #expect(expires && !never)
        let deleted = try await redis.delete("k", "other")
        #expect(deleted == 1)
        await test.stop()
    }

    @Test func repliesOfEveryKind() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        let script = RedisScript(
            source: "return {1, 'two', {3, false}, redis.status_reply('four'), redis.error_reply('FIVE no')}"
        )
        let reply = try await redis.eval(script)
        #expect(
            reply
                == .array([
                    .integer(1), .bytes(Array("two".utf8)), .array([.integer(3), .null]), .status("four"),
                    .error("FIVE no"),
                ])
        )
        let empty = try await redis.send("LRANGE", "nothing", 0, -1)
        #expect(empty == .array([]))
        await test.stop()
    }

    @Test func refusalsAreTyped() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        try await redis.set("text", to: "x")
        let wrong = await #expect(throws: RedisError.self) { try await redis.send("LPUSH", "text", "y") }
        #expect(wrong?.code == "WRONGTYPE")
        let number = await #expect(throws: RedisError.self) { try await redis.increment("text") }
        #expect(number?.description.contains("INCRBY") == true)
        let unknown = await #expect(throws: RedisError.self) { try await redis.send("NOSUCHCOMMAND") }
        #expect(unknown?.code == "ERR")
        try await redis.ping()
        await test.stop()
    }

    @Test func scriptsAreSentOnceAndAgainWhenForgotten() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        #expect(script.sha1.count == 40)
        let first = try await redis.eval(script, keys: ["n"], arguments: [5]).integer
        #expect(first == 5)
        let known = try await redis.send("SCRIPT", "EXISTS", RedisArgument(script.sha1)).array
        #expect(known == [.integer(1)])
        try await redis.send("SCRIPT", "FLUSH")
        let second = try await redis.eval(script, keys: ["n"], arguments: [5]).integer
        #expect(second == 10)
        await test.stop()
    }

    @Test func theSHA1IsRedissOwn() {
        #expect(RedisScript(source: "return 1").sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    }

    @Test func databasesAreKeptApart() async throws {
        let one = try await TestRedis(TestServers.shared.redis())
        let two = try await TestRedis(TestServers.shared.redis())
        try await one.redis.set("key", to: "one")
        let other = try await two.redis.get("key")
        #expect(other == nil)
        await one.stop()
        await two.stop()
    }

    @Test func manyTasksGetTheirOwnReplies() async throws {
        let test = try await TestRedis(TestServers.shared.redis())
        let redis = test.redis
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<64 {
                group.addTask {
                    for round in 0..<100 {
                        let text = "\(task)-\(round)"
                        if try await redis.send("ECHO", RedisArgument(text)).string != text { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(redis.inFlight == 0)
        await test.stop()
    }
}
