import ArgumentParser

/// A kind of things that the API has: where they are and what a table shows of them.
struct Noun: Sendable {
    /// What one is called, in a sentence.
    let name: String
    /// What many are called.
    let plural: String
    /// The path of all of them.
    let path: String
    /// The member of a page that holds them.
    let list: String
    /// The member that they are called by, in paths and by `-o name`.
    let key: String
    /// The member by which a person may name one, where that is not the key.
    var nameMember: String?
    /// All that can be shown, in the order in which one is shown by itself.
    let columns: [Column]
    /// The names of those that a table shows unless told otherwise.
    let shown: [String]
    /// The names of those that take several lines when one is shown by itself.
    var blocks: Set<String> = []

    /// The path of one of them.
    func path(of name: String) -> String { "\(path)/\(name.percentEncoded)" }

    /// The columns of a table unless told otherwise.
    var usualColumns: [Column] { shown.compactMap { name in columns.first { $0.name == name } } }

    /// Columns by their names, with commas between them; what is no name is the path of a member.
    ///
    /// - Throws: `ValidationError` for a path that begins with no member that there is.
    func columns(named list: String) throws -> [Column] {
        try list.split(separator: ",", omittingEmptySubsequences: false).map { name in
            let name = name.trimmingPrefix(" ")
            if let column = columns.first(where: { $0.name == name }) { return column }
            let root = name.prefix { $0 != "." }
            guard columns.contains(where: { $0.path.prefix { $0 != "." } == root }) else {
                throw ValidationError(
                    "--columns: \(plural) have no '\(name)'; there are \(columns.map(\.name).joined(separator: ", "))"
                )
            }
            return Column(String(name))
        }
    }
}
