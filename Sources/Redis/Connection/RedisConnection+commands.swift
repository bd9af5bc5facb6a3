import Concurrency
import Crypto

extension RedisConnection {
    /// Runs a script by its SHA-1, and by its text if Redis does not have it (any more).
    ///
    /// - Parameters:
    ///   - script: What to run.
    ///   - keys: `KEYS` in the script; all keys it touches.
    ///   - arguments: `ARGV` in the script.
    /// - Throws: ``RedisError``, or `CancellationError`.
    @discardableResult
    public func eval(
        _ script: RedisScript,
        keys: [RedisArgument] = [],
        arguments: [RedisArgument] = []
    ) async throws -> RedisReply {
        let rest = [RedisArgument(keys.count)] + keys + arguments
        do {
            return try await send(["EVALSHA", RedisArgument(script.sha1)] + rest)
        } catch let error as RedisError where error.code == "NOSCRIPT" {
            return try await send(["EVAL", RedisArgument(script.source)] + rest)
        }
    }

    /// Asks the server for a sign of life.
    public func ping() async throws {
        try await send("PING")
    }

    /// The value of a key; `nil` when there is none.
    public func get(_ key: RedisArgument) async throws -> [UInt8]? {
        try await send("GET", key).bytes
    }

    /// Sets a key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: Its new value.
    ///   - lifetime: After how long Redis forgets it, in whole milliseconds, at least one; `nil` means never.
    ///   - condition: When to set it.
    /// - Returns: Whether it was set; `false` means that the condition was not met.
    @discardableResult
    public func set(
        _ key: RedisArgument,
        to value: RedisArgument,
        lifetime: Duration? = nil,
        when condition: RedisSetCondition = .always
    ) async throws -> Bool {
        var words: [RedisArgument] = ["SET", key, value]
        if let lifetime { words += ["PX", RedisArgument(max(1, lifetime.millisecondsTruncated))] }
        if let word = condition.word { words.append(word) }
        return try await !send(words).isNull
    }

    /// Deletes keys.
    ///
    /// - Returns: How many of them existed.
    @discardableResult
    public func delete(_ keys: RedisArgument...) async throws -> Int {
        Int(try await integer(["DEL"] + keys))
    }

    /// Adds to a number; a missing key counts as 0.
    ///
    /// - Returns: The sum.
    @discardableResult
    public func increment(_ key: RedisArgument, by amount: Int64 = 1) async throws -> Int64 {
        try await integer(["INCRBY", key, RedisArgument(amount)])
    }

    /// Makes Redis forget a key after a while.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - lifetime: In whole milliseconds, at least one.
    /// - Returns: Whether the key exists.
    @discardableResult
    public func expire(_ key: RedisArgument, after lifetime: Duration) async throws -> Bool {
        try await integer(["PEXPIRE", key, RedisArgument(max(1, lifetime.millisecondsTruncated))]) == 1
    }

    private func integer(_ words: [RedisArgument]) async throws -> Int64 {
        guard let number = try await send(words).integer else {
            let command = words.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
            throw RedisError.unexpectedReply(command: command, expected: "a number")
        }
        return number
    }
}

/// A Lua script that Redis runs as one atomic step.
public struct RedisScript: Sendable, Hashable {
    /// What errors call it.
    public let name: String
    /// The Lua text.
    public let source: String
    /// The SHA-1 of the text in hexadecimal, by which Redis knows a script it has run before.
    public let sha1: String

    /// Makes a script.
    ///
    /// - Parameters:
    ///   - name: What errors call it.
    ///   - source: The Lua text; it reads `KEYS` and `ARGV`.
    public init(name: String = "script", source: String) {
        self.name = name
        self.source = source
        let digits = Array("0123456789abcdef".utf8)
        let digest = Insecure.SHA1.hash(data: Array(source.utf8))
        sha1 = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// When `SET` sets a key.
public struct RedisSetCondition: Sendable, Hashable {
    let word: RedisArgument?

    /// Whether or not the key exists.
    public static let always = RedisSetCondition(word: nil)
    /// Only if the key does not exist (`NX`).
    public static let ifAbsent = RedisSetCondition(word: "NX")
    /// Only if the key exists (`XX`).
    public static let ifPresent = RedisSetCondition(word: "XX")
}
