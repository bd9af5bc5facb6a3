import Hummingbird

/// Hummingbird and nothing else: takes the body of `POST /jobs` and answers 201 without one.
///
///     floor-http PORT
@main
struct FloorHTTP {
    static func main() async throws {
        guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
            fatalError("usage: floor-http PORT")
        }
        let router = Router()
        router.post("jobs") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return HTTPResponse.Status.created
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
