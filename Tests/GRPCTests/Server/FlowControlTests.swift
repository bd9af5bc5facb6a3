import GRPC
import SwiftProtobuf
import Testing

/// A slow reader slows its writer, with bounded memory in between.
@Suite(.timeLimit(.minutes(1))) struct FlowControlTests {
    private static let size = 1024
    private static let count = 5000
    /// The stream window, the write buffer, and what is framed ahead of the socket; twice, to be safe, and still far below what is sent.
    private static let bound = 2 * (64 + 64 + 64) * 1024 / size

    @Test func aSlowClientSlowsTheHandler() async throws {
        let written = Tally()
        let service = ProbeService { _, responses, _ in
            for _ in 0..<Self.count {
                try await responses.write(ProbeService.message(Self.size))
                written.increment()
            }
        }
        try await withServer([service]) { address in
            try await withClient(address) {
                $0.limits.streamWindowSize = 64 * 1024
            } _: { client in
                try await client.bidirectional(
                    ProbeService.custom,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    requests,
                    responses in
                    var iterator = responses.makeAsyncIterator()
                    _ = try await iterator.next()
                    // Many round trips on the same connection: time enough for a handler that nothing holds up.
                    for _ in 0..<200 {
                        _ = try await client.unary(
                            ProbeService.echo,
                            ProbeService.message(1),
                            as: ProbeService.Message.self
                        )
                    }
                    #expect(written.value < Self.bound)
                    var read = 1
                    while try await iterator.next() != nil { read += 1 }
                    #expect(read == Self.count)
                }
            }
        }
    }

    @Test func aSlowHandlerSlowsTheClient() async throws {
        let go = Signal()
        let service = ProbeService { requests, responses, _ in
            await go.wait()
            var count = 0
            for try await _ in requests { count += 1 }
            try await responses.write(ProbeService.message(count))
        }
        try await withServer([service]) {
            $0.limits.streamWindowSize = 64 * 1024
        } _: { address in
            try await withClient(address) { client in
                let written = Tally()
                try await client.bidirectional(
                    ProbeService.custom,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    requests,
                    responses in
                    async let writing: Void = {
                        for _ in 0..<Self.count {
                            try await requests.write(ProbeService.message(Self.size))
                            written.increment()
                        }
                        requests.finish()
                    }()
                    for _ in 0..<200 {
                        _ = try await client.unary(
                            ProbeService.echo,
                            ProbeService.message(1),
                            as: ProbeService.Message.self
                        )
                    }
                    #expect(written.value < Self.bound)
                    go.send()
                    try await writing
                    for try await response in responses { #expect(response.body.count == Self.count) }
                }
            }
        }
    }

    @Test func messagesLargerThanTheWindowPass() async throws {
        try await withServer([ProbeService()]) {
            $0.limits.streamWindowSize = 65_535
        } _: { address in
            try await withClient(address) {
                $0.limits.streamWindowSize = 65_535
            } _: { client in
                let message = ProbeService.message(4_000_000)
                #expect(try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self) == message)
                try await client.bidirectional(
                    ProbeService.stream,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    requests,
                    responses in
                    async let writing: Void = {
                        for size in [1, 1_000_000, 0, 3_000_000, 70_000] {
                            try await requests.write(ProbeService.message(size))
                        }
                        requests.finish()
                    }()
                    let sizes = try await responses.reduce(into: [Int]()) { $0.append($1.body.count) }
                    #expect(sizes == [1, 1_000_000, 0, 3_000_000, 70_000])
                    try await writing
                }
            }
        }
    }

    /// One stream that nobody reads does not hold up the others of its connection.
    @Test func anUnreadStreamHoldsUpNoOther() async throws {
        let service = ProbeService { _, responses, _ in
            while true { try await responses.write(ProbeService.message(Self.size)) }
        }
        try await withServer([service]) { address in
            try await withClient(address) {
                $0.limits.streamWindowSize = 1_000_000
                $0.limits.connectionWindowSize = 70_000
            } _: { client in
                try await client.bidirectional(
                    ProbeService.custom,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    _,
                    responses in
                    var iterator = responses.makeAsyncIterator()
                    _ = try await iterator.next()
                    for _ in 0..<20 {
                        let message = ProbeService.message(100_000)
                        #expect(
                            try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self) == message
                        )
                    }
                }
            }
        }
    }

    @Test func severalTasksWriteWholeMessages() async throws {
        try await withServer([ProbeService()]) { address in
            try await withClient(address) { client in
                try await client.bidirectional(
                    ProbeService.stream,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    requests,
                    responses in
                    async let writing: Void = withThrowingTaskGroup { group in
                        for size in 1...20 {
                            group.addTask {
                                for _ in 0..<50 { try await requests.write(ProbeService.message(size * 100)) }
                            }
                        }
                        try await group.waitForAll()
                        requests.finish()
                    }
                    var counts: [Int: Int] = [:]
                    for try await response in responses { counts[response.body.count, default: 0] += 1 }
                    try await writing
                    #expect(counts == Dictionary(uniqueKeysWithValues: (1...20).map { ($0 * 100, 50) }))
                }
            }
        }
    }

    @Test func manyMessagesAtOncePass() async throws {
        try await withServer([ProbeService()]) { address in
            try await withClient(address) { client in
                try await client.bidirectional(
                    ProbeService.stream,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) {
                    requests,
                    responses in
                    try await requests.write(contentsOf: (0..<500).map { ProbeService.message($0) })
                    requests.finish()
                    let sizes = try await responses.reduce(into: [Int]()) { $0.append($1.body.count) }
                    #expect(sizes == Array(0..<500))
                }
            }
        }
    }
}
