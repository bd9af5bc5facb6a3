import HTTPTypes
import Hummingbird

/// The dashboard's pages. They need no token: what they show they ask the API for, with the token of who has signed in.
struct DashboardRoutes: Sendable {
    /// Only this host's own scripts, styles and calls, and no text that becomes markup.
    private static let policy = """
        default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'
        """

    let files: DashboardFiles

    func add(to router: some RouterMethods<RESTContext>) {
        router.get("/dashboard", use: page)
        router.get("/dashboard/{file}", use: file)
        router.get("/dashboard/{file}/{part}", use: file)
    }

    /// `GET /dashboard/`: the page. Without the slash at the end a browser is sent there, as all else lies below it.
    func page(_ request: Request, _ context: RESTContext) throws(Problem) -> Response {
        try request.checkNoQuery()
        guard request.uri.path.hasSuffix("/") else {
            // Relative, as a proxy may have taken away what stands before.
            return Response(status: .seeOther, headers: [.location: "dashboard/"])
        }
        return try answer(request, "index.html")
    }

    /// `GET /dashboard/{file}` and `GET /dashboard/{file}/{part}`: what the page is made of.
    func file(_ request: Request, _ context: RESTContext) throws(Problem) -> Response {
        try request.checkNoQuery()
        let parts = [context.parameters.get("file"), context.parameters.get("part")].compactMap { $0 }
        return try answer(request, parts.joined(separator: "/"))
    }

    /// A file, or that who asks has it already. A browser asks each time, so that a new version is seen at once.
    private func answer(_ request: Request, _ path: String) throws(Problem) -> Response {
        guard let file = files[path] else { throw .notFound }
        let response = Response(
            .ok,
            contentType: file.contentType,
            headers: [
                .contentSecurityPolicy: Self.policy, .cacheControl: "no-cache", .eTag: file.tag.description,
            ],
            shared: file.bytes
        )
        return try request.isUnchanged(file.tag) ? response.notModified : response
    }
}
