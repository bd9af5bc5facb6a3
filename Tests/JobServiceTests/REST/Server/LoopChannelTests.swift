import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTesting
import NIOCore
import Testing

@testable import JobService

/// On which threads requests are answered.
@Suite struct LoopChannelTests {
    @Test func callsAboutOneJobAreAnsweredOnTheirConnectionsThreadAndOthersElsewhere() async throws {
        let router = Router(context: RESTContext.self)
        let routes = router.group().add(middleware: LongCallsMiddleware())
        let answer = { @Sendable (_: Request, context: RESTContext) async -> String in
            await Task.yield()
            return "\(context.channel.eventLoop.inEventLoop)"
        }
        routes.post("/jobs", use: answer)
        routes.post("/jobs/batch", use: answer)
        routes.get("/jobs", use: answer)
        routes.get("/jobs/{id}", use: answer)
        let application = Application(
            responder: router.buildResponder(),
            server: HTTPServerBuilder { LoopChannel(HTTP1Channel(responder: $0)) }
        )
        try await application.test(.live) { client in
            let calls: [(HTTPRequest.Method, String, String)] = [
                (.post, "/jobs", "true"), (.get, "/jobs/1", "true"), (.post, "/jobs/batch", "false"),
                (.get, "/jobs", "false"), (.post, "/jobs", "true"),
            ]
            for (method, path, expected) in calls {
                let isOnLoop = try await client.execute(uri: path, method: method) { String(buffer: $0.body) }
                #expect(isOnLoop == expected, "\(method) \(path)")
            }
        }
    }
}
