import CLibPQ

/// A connection URL taken apart by libpq itself.
struct ConnectionString {
    /// What the URL says, in libpq's words: `host`, `port`, `user`, `sslmode`...
    private(set) var settings: [(keyword: String, value: String)] = []

    /// Parses a `postgres://` or `postgresql://` URL.
    ///
    /// - Throws: ``PostgresError`` of kind `configuration`; it never quotes the password.
    init(url: String) throws(PostgresError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw Self.invalid("it must begin with postgres:// or postgresql://")
        }
        guard !url.utf8.contains(0) else { throw Self.invalid("it holds a NUL character") }
        var reason: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &reason) else {
            let text = reason.map { String(cString: $0).onOneLine } ?? "libpq is out of memory"
            PQfreemem(reason)
            throw Self.invalid(Self.redact(text, url: url))
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                settings.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
    }

    /// What the URL says about `keyword`.
    subscript(_ keyword: String) -> String? {
        settings.first { $0.keyword == keyword }?.value
    }

    private static func invalid(_ reason: String) -> PostgresError {
        PostgresError(
            .configuration,
            operation: "read the connection URL",
            message: reason,
            hint:
                "Expected postgres://user:password@host:port/database?sslmode=prefer, with special characters percent-encoded."
        )
    }

    /// libpq quotes the piece it stumbled over, which may be part of the password; then the reason is left out.
    private static func redact(_ reason: String, url: String) -> String {
        guard let quoted = reason.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first else {
            return reason
        }
        let afterScheme = url.drop { $0 != ":" }.dropFirst(3)
        let isCredential = afterScheme.lastIndex(of: "@").map { afterScheme[..<$0].contains(quoted) } ?? false
        let mentionsPassword = url.contains("password=") || url.contains("sslpassword=")
        return isCredential || mentionsPassword ? "the part with the user and the password is malformed" : reason
    }
}
