import Formats
import Foundation
import NIOHTTP1

/// A call of the REST API.
struct APICall: Sendable {
    /// What is to be done to what the path names.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    var method: Method
    /// Without its query, percent-encoded.
    var path: String
    /// The query's parameters.
    var query: [Parameter] = []
    var body: [UInt8]?
    var contentType = "application/json"
    var headers: [(String, String)] = []
    /// How long an answer may take beyond the usual.
    var patience = Duration.zero

    /// A name with its value, in a query or as a member of a filter.
    struct Parameter: Sendable, Hashable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

        /// Those that have a value.
        static func given(_ values: [(name: String, value: String?)]) -> [Parameter] {
            values.compactMap { name, value in value.map { Parameter(name, $0) } }
        }
    }

    /// A call without a body.
    init(_ method: Method, _ path: String, query: [Parameter] = []) {
        (self.method, self.path, self.query) = (method, path, query)
    }

    /// A call with an object as its body.
    init(_ method: Method, _ path: String, object: (inout JSONWriter) throws -> Void) rethrows {
        self.init(method, path)
        var writer = JSONWriter()
        try writer.object(object)
        body = writer.bytes
    }

    /// A call with an object that was put together as its body.
    init(_ method: Method, _ path: String, members: Members) {
        self.init(method, path)
        body = members.bytes
    }

    /// The path with the query.
    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }

    /// What it asks, for a person.
    var question: String { "\(method.rawValue) \(path)" }

    /// Whether it changes nothing, so that making it twice does no harm.
    var isReading: Bool { method == .get }
}

/// What was answered.
struct APIAnswer: Sendable {
    /// Who answered: the address of the installation that was meant.
    let address: String
    /// What was asked, such as `GET /jobs`.
    let question: String
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]
}

extension String {
    /// As it may stand in a path or a query (RFC 3986, section 2.3).
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? self
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )
}

extension JSONValueSlice {
    /// The value at a dotted path, such as `progress.fraction` or `items.0.sku`; nil when there is none.
    func at(_ path: String) -> JSONValueSlice? {
        var value = self
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            let next: JSONValueSlice?
            if let elements = value.array {
                next = Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                next = (try? value.object)?[String(name)]
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// The text at a path; nil when there is no string.
    func text(_ path: String) -> String? { at(path)?.string }

    /// The elements of the array at a path; none when there is no array.
    func elements(_ path: String) -> [JSONValueSlice] { at(path)?.array ?? [] }

    /// What a scalar says, as text: a string's characters, anything else as it was sent.
    var plainText: String { string ?? String(decoding: rawBytes, as: UTF8.self) }
}
