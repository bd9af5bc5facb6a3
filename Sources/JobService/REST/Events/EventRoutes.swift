import HTTPTypes
import Hummingbird
import JobStore
import ServiceLifecycle

/// The call that tells what happens as it happens.
struct EventRoutes: Sendable {
    let events: JobEvents
    let revocations: RevocationList

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/events", use: listen)
    }

    /// `GET /events`: server-sent events until the client leaves, falls behind, loses the right to hear them, or the process ends.
    func listen(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let filter = try EventFilter(request.uri)
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // nginx is to pass each event on as it comes.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        // The answer to HEAD has no events.
        if request.method == .head { return Response(status: .ok, headers: headers) }
        let subscription: EventSubscription
        do throws(FairPlaces.Refusal) {
            subscription = try events.subscribe(context.caller, revocations: revocations, filter: filter)
        } catch {
            throw Problem.noPlace(to: .listen, error)
        }
        if filter.followsJobs { await events.settle(context.caller, filter) }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                // Says at once that it works: the first event may be long in coming.
                try await writer.write(ByteBuffer(bytes: EventFrame.heartbeat))
                for await frame in subscription.frames.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(bytes: frame))
                }
                if subscription.hasLagged { try await writer.write(ByteBuffer(bytes: EventFrame.lagged)) }
                try await writer.finish(nil)
            }
        )
    }
}
