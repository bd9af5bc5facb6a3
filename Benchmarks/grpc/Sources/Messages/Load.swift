/// What every benchmark client does, whichever library it uses.
public struct Load: Sendable {
    /// Calls or streams at a time.
    public static let concurrency = 32

    /// Bytes in a message's body.
    public static let size = 100

    /// Messages each way in a streaming call; one call follows the other. A fixed number, since grpc-swift does not hold writers back.
    public static let messagesPerStream = 1000

    /// How long to go on.
    public let seconds: Double

    /// A load of this length.
    public init(seconds: Double) { self.seconds = seconds }

    /// Runs `body` as often at a time as there are to be calls, and prints messages per second.
    /// - Parameter body: works until the instant that it gets; how many messages it has got back.
    public func run(_ body: @escaping @Sendable (ContinuousClock.Instant) async throws -> Int) async throws {
        let begin = ContinuousClock.now
        let end = begin + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.concurrency { group.addTask { try await body(end) } }
            return try await group.reduce(0, +)
        }
        print(Int(Double(count) / ((ContinuousClock.now - begin) / .seconds(1))))
    }
}
