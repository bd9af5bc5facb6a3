import AsyncHTTPClient
import Formats
import Foundation
import NIOCore
import NIOHTTP1

/// An answer over HTTP.
struct Answer: Sendable {
    var status: UInt
    var body: String

    init(_ response: HTTPClientResponse) async throws {
        status = response.status.code
        body = String(buffer: try await response.body.collect(upTo: 8 << 20))
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }

    /// A time in JSON.
    static func date(_ value: Any?) -> Date? {
        (value as? String).flatMap { RFC3339.date($0) }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    var description: String

    init(_ answer: Answer) {
        description = "an unexpected answer: \(answer.status) \(answer.body)"
    }
}

struct TookTooLong: Error, CustomStringConvertible {
    var what: String
    var limit: Duration

    var description: String { "waited \(limit) in vain for \(what)" }
}
