import Hummingbird

extension Request {
    /// Checks that there is no query, on a path that takes none.
    ///
    /// - Throws: ``Problem`` that names what was sent.
    func checkNoQuery() throws(Problem) {
        var errors = FieldErrors()
        for (name, _) in uri.queryParameters {
            errors.add(String(name.prefix(40)), "is not known; this call has no query parameters")
        }
        try errors.check()
    }
}
