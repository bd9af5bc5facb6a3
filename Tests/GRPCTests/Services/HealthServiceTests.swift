import SwiftProtobuf
import Testing

@testable import GRPC

@Suite(.timeLimit(.minutes(1))) struct HealthServiceTests {
    typealias Request = Grpc_Health_V1_HealthCheckRequest
    typealias Response = Grpc_Health_V1_HealthCheckResponse

    private func check(_ client: GRPCClient, _ service: String) async throws -> Response.ServingStatus {
        try await client.unary(.healthCheck, Request.with { $0.service = service }, as: Response.self).status
    }

    @Test func checkTellsTheStatusThatWasSet() async throws {
        let health = HealthService()
        health.setStatus(.notServing, forService: "jobs")
        try await withServer([health]) { address in
            try await withClient(address) { client in
                let server = try await check(client, "")
                #expect(server == .serving)
                let jobs = try await check(client, "jobs")
                #expect(jobs == .notServing)
                let error = await #expect(throws: GRPCError.self) { try await check(client, "none") }
                #expect(error?.code == .notFound)
            }
        }
    }

    @Test func watchTellsEveryChange() async throws {
        let health = HealthService()
        try await withServer([health]) { address in
            try await withClient(address) { client in
                let request = Request.with { $0.service = "jobs" }
                try await client.serverStreaming(.healthWatch, request, as: Response.self) { responses in
                    var iterator = responses.makeAsyncIterator()
                    let before = try await iterator.next()?.status
                    #expect(before == .serviceUnknown)
                    health.setStatus(.serving, forService: "jobs")
                    let begun = try await iterator.next()?.status
                    #expect(begun == .serving)
                    // The same again, and news of others, are no change.
                    health.setStatus(.serving, forService: "jobs")
                    health.setStatus(.notServing, forService: "other")
                    health.setStatus(.notServing, forService: "jobs")
                    let ended = try await iterator.next()?.status
                    #expect(ended == .notServing)
                }
            }
        }
        // A watcher that is gone is not remembered.
        #expect(health.watcherCount == 0)
    }

    @Test func soManyMayWatchAtATime() async throws {
        let health = HealthService(maxWatchers: 1)
        try await withServer([health]) { address in
            try await withClient(address) { client in
                try await client.serverStreaming(.healthWatch, Request(), as: Response.self) { responses in
                    var iterator = responses.makeAsyncIterator()
                    let first = try await iterator.next()?.status
                    #expect(first == .serving)
                    let error = await #expect(throws: GRPCError.self) {
                        try await client.serverStreaming(.healthWatch, Request(), as: Response.self) { responses in
                            for try await _ in responses {}
                        }
                    }
                    #expect(error?.code == .resourceExhausted)
                }
            }
        }
        #expect(health.watcherCount == 0)
    }

    @Test func watchEndsWithTheServer() async throws {
        try await withServer([HealthService()]) { address, shutDown in
            try await withClient(address) { client in
                let error = await #expect(throws: GRPCError.self) {
                    try await client.serverStreaming(.healthWatch, Request(), as: Response.self) { responses in
                        var iterator = responses.makeAsyncIterator()
                        let status = try await iterator.next()?.status
                        #expect(status == .serving)
                        async let shutdown: Void = shutDown()
                        while try await iterator.next() != nil {}
                        await shutdown
                    }
                }
                #expect(error?.code == .unavailable)
            }
        }
    }
}
