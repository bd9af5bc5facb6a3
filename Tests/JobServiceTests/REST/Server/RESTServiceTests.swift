import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct RESTServiceTests {
    @Test func aPortInUseIsToldByTheNameOfItsSetting() async throws {
        let platform = try await TestPlatform.shared()
        let squatter = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(squatter.localAddress?.port)
        await #expect {
            try await platform.service(port: port).run()
        } throws: { error in
            "\(error)".contains("HTTP_PORT") && "\(error)".contains("127.0.0.1:\(port)")
        }
        try await squatter.close()
    }

    @Test func itTellsItsPortAndEndsWhenAsked() async throws {
        let platform = try await TestPlatform.shared()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let service = try platform.service { continuation.yield($0) }
        let group = ServiceGroup(services: [service], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        let port = try #require(await ports.first { _ in true })
        #expect(port > 0)
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
        await group.triggerGracefulShutdown()
        try await running.value
        try await client.closeFuture.get()
    }
}
