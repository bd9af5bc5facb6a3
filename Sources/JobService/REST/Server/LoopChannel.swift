import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Serves each connection on the thread of its event loop: a request is read, answered and written without a change of threads.
///
/// What computes for long would hold up the loop's other connections; ``LongCallsMiddleware`` takes it elsewhere.
struct LoopChannel: ServerChildChannel {
    private let base: HTTP1Channel

    /// Serves as another channel does.
    init(_ base: HTTP1Channel) {
        self.base = base
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

/// Runs tasks on the thread of an event loop.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Answers calls that may compute for more than a moment apart from the connections' event loops.
struct LongCallsMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private struct Call: Hashable {
        var method: HTTPRequest.Method
        var path: String
    }

    /// The calls about a single job, which do little but wait for PostgreSQL.
    private static let short: Set = [
        Call(method: .post, path: "/jobs"), Call(method: .post, path: "/tasks/submit"),
        Call(method: .get, path: "/jobs/{id}"),
    ]

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        if let path = context.endpointPath, Self.short.contains(Call(method: request.method, path: path)) {
            return try await next(request, context)
        }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await next(request, context) }
    }
}
