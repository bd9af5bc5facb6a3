package import Foundation
package import NIOHTTP1

/// A call of the REST API.
package struct Call: Sendable {
    /// What a client may do when it does not know whether the call was done.
    package enum Repetition: Sendable {
        /// Make it again: twice is as good as once.
        case harmless
        /// Say so: twice would be one too many.
        case harmful
    }

    package var method: HTTPMethod
    /// With its query, percent-encoded.
    package var path: String
    /// What it does, for who reads of its failure.
    package var action: String
    package var body: Data?
    package var headers: HTTPHeaders = [:]
    package var repetition = Repetition.harmless
    /// How long an answer may take beyond the usual.
    package var patience = Duration.zero
    /// When it is to have an answer, all attempts included.
    package var deadline: ContinuousClock.Instant?

    /// A call that reads.
    static func get(_ path: String, _ action: String) -> Call {
        Call(method: .GET, path: path, action: action)
    }

    /// A call with a body of JSON, or with none.
    static func post(_ path: String, _ action: String, _ body: Data? = nil) -> Call {
        Call(method: .POST, path: path, action: action, body: body)
    }
}

/// What was answered.
package struct Answer: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: Data

    /// An answer to a call.
    package init(status: Int, headers: HTTPHeaders, body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether it is what was asked for.
    var isSuccess: Bool { (200..<300).contains(status) }
}

extension Duration {
    /// In seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
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
