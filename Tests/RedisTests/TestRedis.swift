import Logging
import Redis

/// A running connection for one test.
final class TestRedis: Sendable {
    let redis: RedisConnection
    private let service: Task<Void, any Error>

    /// Connects and waits until commands are taken.
    init(_ url: String, _ change: (inout RedisConfiguration) -> Void = { _ in }) async throws {
        var configuration = try RedisConfiguration(url: url)
        // On a busy machine an answer may take its time; tests of the time-outs set their own.
        configuration.commandTimeout = .seconds(20)
        configuration.stallTimeout = .seconds(40)
        configuration.connectTimeout = .seconds(20)
        change(&configuration)
        let redis = RedisConnection(configuration: configuration, logger: .silent)
        self.redis = redis
        service = Task { try await redis.run() }
        await redis.becomeConnected()
    }

    deinit {
        service.cancel()
    }

    /// Ends the connection and waits until it is gone.
    func stop() async {
        service.cancel()
        _ = await service.result
    }
}

extension Logger {
    /// Says nothing: these tests break connections on purpose.
    static let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
}

extension RedisConnection {
    /// Nothing announces it, so it is looked for.
    func becomeConnected() async {
        while !isConnected { try? await Task.sleep(for: .milliseconds(1)) }
    }
}
