import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// One HTTP request.
enum Web {
    struct Answer: Sendable {
        let status: UInt
        let headers: HTTPHeaders
        let body: String

        /// The members of a JSON object.
        func object() throws -> [String: String] {
            let value = try JSONSerialization.jsonObject(with: Data(body.utf8))
            guard let members = value as? [String: Any] else { throw TestError("not an object: \(body)") }
            return members.mapValues { "\($0)" }
        }
    }

    static func send(
        _ method: HTTPMethod = .GET,
        _ url: String,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let answer = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: response.status.code, headers: response.headers, body: String(buffer: answer))
    }
}
