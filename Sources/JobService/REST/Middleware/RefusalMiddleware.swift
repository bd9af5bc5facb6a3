import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Holds refusals back when there are very many: who asks again at once, whatever `Retry-After` says, would otherwise leave little of the
/// processors to those that are served.
final class RefusalMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private let pace: Mutex<RefusalPace>

    /// Holds back what a pace says.
    init(_ pace: RefusalPace = RefusalPace(perSecond: 1_000)) {
        self.pace = Mutex(pace)
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard response.status == .tooManyRequests || response.status == .serviceUnavailable else { return response }
        let delay = pace.withLock { $0.delay(at: .now) }
        if delay > .zero {
            // Ends early with the loop.
            try? await context.channel.eventLoop.scheduleTask(in: TimeAmount(delay)) {}.futureResult.get()
        }
        return response
    }
}

/// How long refusals are held back: as many as a second may have are given at once, those above it one after the other. Pure: it is told
/// the time.
struct RefusalPace {
    /// The longest that one is held back.
    static let longest = Duration.seconds(1)

    private let interval: Duration
    /// When the last one would have been given, were each given an interval after the one before.
    private var end: ContinuousClock.Instant?

    /// A pace of so many a second.
    init(perSecond: Int) {
        interval = .seconds(1) / perSecond
    }

    /// How long the next one is held back.
    mutating func delay(at now: ContinuousClock.Instant) -> Duration {
        let end = min(max(self.end ?? now, now) + interval, now + .seconds(1) + Self.longest)
        self.end = end
        return max(.zero, now.duration(to: end) - .seconds(1))
    }
}
