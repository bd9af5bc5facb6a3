import GRPC
import Synchronization
import Testing

/// How a client spreads its calls over its servers.
@Suite(.timeLimit(.minutes(1))) struct BalancingTests {
    /// A service that counts its calls, with its health.
    private struct Counted: Sendable {
        let calls = Tally()
        let health = HealthService()

        var services: [any GRPCService] {
            let calls = calls
            return [ProbeService { _, _, _ in calls.increment() }, health]
        }
    }

    private static func call(_ client: GRPCClient, _ options: CallOptions = CallOptions()) async throws {
        try await client.bidirectional(
            ProbeService.custom,
            ProbeService.Message.self,
            ProbeService.Message.self,
            options: options
        ) { requests, responses in
            requests.finish()
            for try await _ in responses {}
        }
    }

    /// Calls until `isDone`; connections and news of health arrive when they do.
    private static func call(_ client: GRPCClient, until isDone: () -> Bool) async throws {
        while !isDone() { try await call(client, CallOptions(waitForReady: true)) }
    }

    @Test func callsTakeTurns() async throws {
        let all = (0..<3).map { _ in Counted() }
        try await withServer(all[0].services) { first in
            try await withServer(all[1].services) { second in
                try await withServer(all[2].services) { third in
                    try await withClient(first, second, third) { client in
                        try await Self.call(client) { all.allSatisfy { $0.calls.value > 0 } }
                        let before = all.map(\.calls.value)
                        for _ in 0..<30 { try await Self.call(client) }
                        #expect(zip(all, before).map { $0.calls.value - $1 } == [10, 10, 10])
                    }
                }
            }
        }
    }

    @Test func anUnreachableServerIsPassedOver() async throws {
        let there = Counted()
        let nowhere = GRPCAddress(host: "127.0.0.1", port: try await freePort())
        try await withServer(there.services) { address in
            try await withClient(nowhere, address) { client in
                for _ in 0..<20 { try await Self.call(client, CallOptions(waitForReady: true)) }
                #expect(there.calls.value == 20)
            }
        }
    }

    @Test func onlyHealthyServersAreGivenCalls() async throws {
        let (steady, moody) = (Counted(), Counted())
        for server in [steady, moody] { server.health.setStatus(.serving, forService: "test.Probe") }
        try await withServer(steady.services) { first in
            try await withServer(moody.services) { second in
                try await withClient(first, second) {
                    $0.healthCheckedService = "test.Probe"
                } _: { client in
                    try await Self.call(client) { steady.calls.value > 0 && moody.calls.value > 0 }
                    moody.health.setStatus(.notServing, forService: "test.Probe")
                    // The news is there once ten calls in a row have passed it over.
                    var last = (moody.calls.value, steady.calls.value)
                    try await Self.call(client) {
                        if moody.calls.value != last.0 { last = (moody.calls.value, steady.calls.value) }
                        return steady.calls.value >= last.1 + 10
                    }
                    for _ in 0..<50 { try await Self.call(client) }
                    #expect(moody.calls.value == last.0)
                    moody.health.setStatus(.serving, forService: "test.Probe")
                    try await Self.call(client) { moody.calls.value > last.0 }
                }
            }
        }
    }

    @Test func noHealthyServerFailsCallsButThoseThatWait() async throws {
        let server = Counted()
        server.health.setStatus(.notServing, forService: "test.Probe")
        try await withServer(server.services) { address in
            try await withClient(address) {
                $0.healthCheckedService = "test.Probe"
            } _: { client in
                let error = await #expect(throws: GRPCError.self) { try await Self.call(client) }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("notServing") == true, "\(error?.message ?? "")")
                async let waiting: Void = Self.call(client, CallOptions(waitForReady: true))
                server.health.setStatus(.serving, forService: "test.Probe")
                try await waiting
            }
        }
    }

    @Test func aServerWithoutHealthServiceCountsAsHealthy() async throws {
        try await withServer([ProbeService()]) { address in
            try await withClient(address) {
                $0.healthCheckedService = "test.Probe"
            } _: { client in
                try await Self.call(client)
            }
        }
    }
}
