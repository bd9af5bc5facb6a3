import Hummingbird

/// Which methods a path answers.
struct AllowedMethods: Sendable {
    private struct Pattern: Sendable {
        /// The path's parts; nil where anything may stand.
        var parts: [Substring?]
        var methods: [HTTPRequest.Method]
        var placeholders: Int { parts.count { $0 == nil } }

        func matches(_ path: [Substring]) -> Bool {
            parts.count == path.count && zip(parts, path).allSatisfy { $0 == nil || $0 == $1 }
        }
    }

    private let patterns: [Pattern]
    /// Every method that some path answers, which is what `OPTIONS *` asks for (RFC 9110, section 9.3.7).
    private let all: [HTTPRequest.Method]

    /// Takes the routes of a router. A path that answers GET answers HEAD, too, and every path OPTIONS.
    init(_ routes: [Router<RESTContext>.RouteDescription]) {
        let paths = Dictionary(grouping: routes) { $0.path.description }
        patterns = paths.map { path, routes in
            let methods = Set(routes.map(\.method))
            return Pattern(
                parts: Self.parts(of: path).map { $0.hasPrefix("{") ? nil : $0 },
                methods: methods.union(methods.contains(.get) ? [.head, .options] : [.options]).sorted {
                    $0.rawValue < $1.rawValue
                }
            )
        }
        // As the router does it: a path that is spelt out goes before one with a placeholder.
        .sorted { $0.placeholders < $1.placeholders }
        all = Set(patterns.flatMap(\.methods)).sorted { $0.rawValue < $1.rawValue }
    }

    /// The methods of a path, in order of their names; none when there is no such path. `*` stands for all paths.
    func at(_ path: String) -> [HTTPRequest.Method] {
        if path == "*" { return all }
        let parts = Self.parts(of: path)
        return patterns.first { $0.matches(parts) }?.methods ?? []
    }

    private static func parts(of path: String) -> [Substring] {
        path.split(separator: "/")
    }
}
