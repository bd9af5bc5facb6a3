import Formats
import HTTPTypes
import Hummingbird

/// The calls that describe the API. They need no token and nothing from outside.
struct DocumentationRoutes: Sendable {
    /// Only this host's own scripts and styles; pictures also from within the style sheet.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    /// For how many seconds a browser may keep what changes with a new version only.
    private static let maxAge = "public, max-age=3600"

    /// Where one begins.
    private static let links = [
        ("dashboard", "/dashboard/"), ("documentation", "/docs"), ("openapi", "/openapi.json"), ("login", "/login"),
        ("jobs", "/jobs"),
        ("schedules", "/schedules"), ("queues", "/queues"), ("dead_letters", "/dead-letters"), ("workers", "/workers"),
        ("events", "/events"), ("metrics", "/metrics"), ("health", "/readyz"),
    ]

    let swaggerUI: SwaggerUI

    func add(to router: some RouterMethods<RESTContext>) {
        router.get("/", use: index)
        router.get("/openapi.json", use: document)
        router.get("/docs", use: page)
        router.get("/docs/{file}", use: file)
    }

    /// `GET /`: what there is; a browser is sent to the dashboard.
    func index(_ request: Request, _ context: RESTContext) throws -> Response {
        try request.checkNoQuery()
        if let accept = request.headers[.accept], accept.lowercased().contains("text/html") {
            return Response(status: .seeOther, headers: [.location: "dashboard/", .vary: "Accept"])
        }
        var writer = JSONWriter()
        writer.object { index in
            index.member("name", "QueueFlow")
            index.name("links")
            index.object { links in
                for (name, path) in Self.links { links.member(name, path) }
            }
        }
        return Response(.ok, headers: [.vary: "Accept"], json: writer)
    }

    /// `GET /openapi.json`: the OpenAPI document.
    func document(_ request: Request, _ context: RESTContext) throws -> Response {
        try request.checkNoQuery()
        return Response(
            .ok,
            contentType: "application/json",
            headers: [.cacheControl: "no-cache"],
            shared: OpenAPIDocument.buffer
        )
    }

    /// `GET /docs`: a page to read the document and to try calls.
    func page(_ request: Request, _ context: RESTContext) throws -> Response {
        try request.checkNoQuery()
        return Response(
            .ok,
            contentType: "text/html; charset=utf-8",
            headers: [.contentSecurityPolicy: Self.policy, .cacheControl: "no-cache"],
            body: Array(swaggerUI.page.utf8)
        )
    }

    /// `GET /docs/{file}`: what the page is made of.
    func file(_ request: Request, _ context: RESTContext) throws(Problem) -> Response {
        try request.checkNoQuery()
        guard let file = context.parameters.get("file").flatMap({ swaggerUI[$0] }) else { throw .notFound }
        return Response(
            .ok,
            contentType: file.contentType,
            headers: [.cacheControl: Self.maxAge],
            shared: file.bytes
        )
    }
}
