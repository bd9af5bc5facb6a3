import GRPC
import SwiftProtobuf
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct InterceptorTests {
    @TaskLocal static var caller = "nobody"

    /// A service whose `Custom` answers with the caller that an interceptor has bound.
    private static let whoCalls = ProbeService { _, responses, _ in
        try await responses.write(.with { $0.body = .init(caller.utf8) })
    }

    private static let authentication = AuthenticationInterceptor { context in
        guard let header = context.metadata["authorization"], header.hasPrefix("Bearer ") else {
            throw GRPCError(code: .unauthenticated, message: "Send a token.")
        }
        return String(header.dropFirst(7))
    } bind: { name, next in
        try await $caller.withValue(name, operation: next)
    }

    private static func ask(_ client: GRPCClient) async throws -> String {
        try await client.serverStreaming(
            ProbeService.custom,
            ProbeService.message(0),
            as: ProbeService.Message.self
        ) { responses in
            try await responses.reduce(into: "") { $0 += String(decoding: $1.body, as: UTF8.self) }
        }
    }

    @Test func theCallerIsKnownToTheHandler() async throws {
        try await withServer([Self.whoCalls], interceptors: [Self.authentication]) { address in
            try await withClient(address, interceptors: [BearerTokenInterceptor { "ada" }]) { client in
                let caller = try await Self.ask(client)
                #expect(caller == "ada")
            }
        }
    }

    @Test func callsWithoutCredentialsAreRefusedExceptToHealth() async throws {
        try await withServer([Self.whoCalls, HealthService()], interceptors: [Self.authentication]) { address in
            try await withClient(address) {
                $0.healthCheckedService = ""
            } _: { client in
                let error = await #expect(throws: GRPCError.self) { try await Self.ask(client) }
                #expect(error?.status == GRPCStatus(code: .unauthenticated, message: "Send a token."))
            }
        }
    }

    /// Notes in what order interceptors are passed, on either side.
    private struct Noting: ServerInterceptor, ClientInterceptor {
        let name: String
        let note: @Sendable (String) -> Void

        func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
            note("server \(name) in")
            defer { note("server \(name) out") }
            try await next()
        }

        func intercept<Result: Sendable>(
            request: ClientRequest,
            next: @Sendable (ClientRequest) async throws -> Result
        ) async throws -> Result {
            note("client \(name) in")
            defer { note("client \(name) out") }
            return try await next(request)
        }
    }

    @Test func theFirstIsOutermost() async throws {
        let notes = Mutex<[String]>([])
        let noting = ["a", "b"].map { name in Noting(name: name) { note in notes.withLock { $0.append(note) } } }
        try await withServer([Self.whoCalls], interceptors: noting) { address in
            try await withClient(address, interceptors: noting) { client in _ = try await Self.ask(client) }
        }
        let (client, server) = notes.withLock { notes in
            (notes.filter { $0.hasPrefix("client") }, notes.filter { $0.hasPrefix("server") })
        }
        #expect(client == ["client a in", "client b in", "client b out", "client a out"])
        #expect(server == ["server a in", "server b in", "server b out", "server a out"])
    }

    /// What an interceptor throws in place of the handler's error is what the caller sees.
    @Test func anInterceptorMayReplaceAnError() async throws {
        struct Hiding: ServerInterceptor {
            func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
                do { try await next() } catch { throw GRPCError(code: .aborted, message: "hidden") }
            }
        }
        let service = ProbeService { _, _, _ in throw GRPCError(code: .notFound, message: "shown") }
        try await withServer([service], interceptors: [Hiding()]) { address in
            try await withClient(address) { client in
                let error = await #expect(throws: GRPCError.self) { try await Self.ask(client) }
                #expect(error?.status == GRPCStatus(code: .aborted, message: "hidden"))
            }
        }
    }
}
