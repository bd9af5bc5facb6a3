import Synchronization

/// The address of a server that may not listen yet.
final class ListeningAddress: Sendable {
    private let result = Mutex<Result<GRPCAddress, any Error>?>(nil)
    private let isKnown = Latch()

    var value: GRPCAddress {
        get async throws {
            await isKnown.wait()
            guard let result = result.withLock({ $0 }) else { throw CancellationError() }
            return try result.get()
        }
    }

    func set(_ result: Result<GRPCAddress, any Error>) {
        self.result.withLock { $0 = result }
        isKnown.open()
    }
}
