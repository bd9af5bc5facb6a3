import Hummingbird

/// Which methods a path answers.
struct AllowedMethods: Sendable {
    private struct Pattern: Sendable {
        /// The path's parts; nil where anything may stand.
        var parts: [Substring?]
        var methods: [HTTPRequest.Method]

        func matches(_ path: [Substring]) -> Bool {
            parts.count == path.count && zip(parts, path).allSatisfy { $0 == nil || $0 == $1 }
        }
    }

    private let patterns: [Pattern]

    /// Takes the routes of a router. A path that answers GET answers HEAD, too.
    init(_ routes: [Router<RESTContext>.RouteDescription]) {
        let paths = Dictionary(grouping: routes) { $0.path.description }
        patterns = paths.map { path, routes in
            let methods = Set(routes.map(\.method))
            return Pattern(
                parts: Self.parts(of: path).map { $0.hasPrefix("{") ? nil : $0 },
                methods: methods.union(methods.contains(.get) ? [.head] : []).sorted { $0.rawValue < $1.rawValue }
            )
        }
    }

    /// The methods of a path, in order of their names; none when there is no such path.
    func at(_ path: String) -> [HTTPRequest.Method] {
        let parts = Self.parts(of: path)
        return patterns.first { $0.matches(parts) }?.methods ?? []
    }

    private static func parts(of path: String) -> [Substring] {
        path.split(separator: "/")
    }
}
