import Formats
import Foundation

extension APIClient {
    /// By what the API calls a thing that a person may name: its id, or the id of the only one with this name.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or several, of this name.
    func key(of name: String, _ noun: Noun) async throws -> String {
        guard let nameMember = noun.nameMember, UUID(uuidString: name) == nil else { return name }
        var pages = Pages(self, noun, [], limit: nil)
        var found: [String] = []
        while let page = try await pages.next() {
            found += page.filter { $0.text(nameMember) == name }.compactMap { $0.text(noun.key) }
        }
        guard let first = found.first else {
            throw CommandFailure(.notFound, "there is no \(noun.name) '\(name)'; see: queueflow \(noun.plural) list")
        }
        guard found.count == 1 else {
            throw CommandFailure(
                .conflict,
                "several \(noun.plural) are called '\(name)'; give one's id: \(found.joined(separator: ", "))"
            )
        }
        return first
    }
}
