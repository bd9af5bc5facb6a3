/// Texts with placeholders `${NAME}`, as `envsubst` fills them in; nginx's own `$name` stays as it is.
enum Template {
    /// - Throws: ``StackError/unknownPlaceholder(name:file:)`` for a placeholder without a value.
    static func fill(_ text: String, with values: [String: String], named file: String) throws(StackError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            let after = rest[start.upperBound...]
            guard let end = after.firstIndex(of: "}") else { break }
            let name = String(after[..<end])
            guard let value = values[name] else { throw .unknownPlaceholder(name: name, file: file) }
            result += value
            rest = after[after.index(after: end)...]
        }
        return result + rest
    }
}
