import Formats
import HTTPTypes
import Hummingbird
import JobCore

/// An entity tag (RFC 9110, section 8.8.3).
struct EntityTag: Hashable, CustomStringConvertible {
    /// What stands between its quotation marks.
    var text: String
    /// Whether two representations with it may differ in ways that do not matter.
    var isWeak: Bool

    /// A tag.
    init(text: String, isWeak: Bool) {
        (self.text, self.isWeak) = (text, isWeak)
    }

    /// The tag as it stands in a header.
    var description: String { "\(isWeak ? "W/" : "")\"\(text)\"" }

    /// The version that it stands for: what is before the dash, behind which figures are told apart. Nil for what is no such tag. A weak
    /// one never matches (RFC 9110, section 13.1.1).
    var version: Int64? { isWeak ? nil : Int64(text.prefix { $0 != "-" }) }

    /// The tag of something that has a version, and figures besides.
    init(version: Int64, figures: [UInt8]? = nil) {
        var digest = FNV1a()
        if let figures { digest.add(figures) }
        self.init(text: "\(version)\(figures == nil ? "" : "-\(digest.text)")", isWeak: false)
    }
}

/// What `If-Match` or `If-None-Match` ask for (RFC 9110, section 13.1).
enum EntityTags: Hashable {
    /// Whatever there is: `*`.
    case any
    /// One of these.
    case listed([EntityTag])

    /// The most tags that are read.
    private static let maxCount = 50

    /// Reads a header's value; nil when it is none.
    init?(_ header: String) {
        guard header.trimmed != "*" else {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        var rest = header[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            if rest.isEmpty { break }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\""), tags.count < Self.maxCount else {
                return nil
            }
            tags.append(EntityTag(text: String(rest[rest.index(after: rest.startIndex)..<end]), isWeak: isWeak))
            rest = rest[rest.index(after: end)...]
            guard rest.drop(while: { $0 == " " || $0 == "\t" }).first.map({ $0 == "," }) ?? true else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .listed(tags)
    }
}

extension Request {
    /// What a precondition asks for; nil when there is none.
    ///
    /// - Throws: ``Problem`` that names the header when it cannot be read.
    func entityTags(_ name: HTTPField.Name) throws(Problem) -> EntityTags? {
        guard let value = headers[name] else { return nil }
        guard let tags = EntityTags(value) else {
            let expected = "must be * or entity tags in quotation marks, with commas between them"
            throw .invalid([FieldError(field: name.rawName, detail: expected)])
        }
        return tags
    }

    /// Whether the client has this representation already. Tags are compared as if both were weak (RFC 9110, section 13.1.2).
    func isUnchanged(_ tag: EntityTag) throws(Problem) -> Bool {
        switch try entityTags(.ifNoneMatch) {
        case .some(.any): true
        case .some(.listed(let tags)): tags.contains { $0.text == tag.text }
        case nil: false
        }
    }
}

extension Response {
    /// The answer to who has this one already: no body, and the headers that describe it.
    var notModified: Response {
        var headers = headers
        headers[.contentType] = nil
        headers[.contentLength] = nil
        return Response(status: .notModified, headers: headers)
    }
}

extension String {
    fileprivate var trimmed: Substring {
        var rest = self[...].drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
