import Formats
import Foundation
import NIOHTTP1
import QueueFlowWorker

/// What a job of type `http.request` asks for: `{url, method?, headers?, body?, timeout?, expect_status?}`.
struct HTTPCall {
    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    /// What belongs to the connection, or is the worker's own to say.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
        "proxy-authorization", "proxy-connection", "idempotency-key",
    ]

    private struct Payload: Decodable {
        var url: String
        var method: String?
        var headers: [String: String]?
        var timeout: Double?
        var expectStatus: [Int]?

        enum CodingKeys: String, CodingKey {
            case url, method, headers, timeout
            case expectStatus = "expect_status"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            url = try members.decode(String.self, forKey: .url)
            method = try members.decodeIfPresent(String.self, forKey: .method)
            headers = try members.decodeIfPresent([String: String].self, forKey: .headers)
            timeout = try members.decodeIfPresent(Double.self, forKey: .timeout)
            if let one = try? members.decode(Int.self, forKey: .expectStatus) {
                expectStatus = [one]
            } else {
                expectStatus = try members.decodeIfPresent([Int].self, forKey: .expectStatus)
            }
        }
    }

    /// Where it goes.
    let target: HTTPTarget
    /// The method.
    let method: String
    /// The headers, but for those that the worker adds.
    let headers: HTTPHeaders
    /// The body; a string as it is, anything else as JSON.
    let body: [UInt8]?
    /// How long it may take in all.
    let timeout: Duration
    /// The statuses that mean success; nil for 200 to 299.
    let expectedStatuses: [Int]?

    /// Reads and checks a payload.
    ///
    /// - Throws: ``JobFailure`` that forbids retrying and says what is wrong.
    init(_ job: RunningJob) throws {
        let payload = try job.decodePayload(as: Payload.self)
        target = try HTTPTarget(payload.url)
        let body = try Self.body(of: job.payload)
        method = (payload.method ?? (body == nil ? "GET" : "POST")).uppercased()
        guard Self.methods.contains(method) else {
            throw JobFailure.discard("method must be one of \(Self.methods.joined(separator: ", "))")
        }
        let seconds = payload.timeout ?? 30
        guard (0.001...300).contains(seconds) else {
            throw JobFailure.discard("timeout must be a number of seconds from 0.001 to 300")
        }
        timeout = .milliseconds(Int64((seconds * 1_000).rounded()))
        expectedStatuses = payload.expectStatus
        var headers = HTTPHeaders()
        if body?.isJSON == true { headers.add(name: "Content-Type", value: "application/json") }
        for (name, value) in payload.headers ?? [:] {
            try Self.check(name, value)
            headers.replaceOrAdd(name: name, value: value)
        }
        self.headers = headers
        self.body = body?.bytes
    }

    private static func body(of payload: Data) throws -> (bytes: [UInt8], isJSON: Bool)? {
        guard let value = try JSONObjectSlice(parsing: [UInt8](payload))["body"], !value.isNull else { return nil }
        if let text = value.string { return (Array(text.utf8), false) }
        return (Array(value.rawBytes), true)
    }

    /// A line break in a header would let the payload write headers, or whole requests, of its own.
    private static func check(_ name: String, _ value: String) throws(JobFailure) {
        let isToken =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x21...0x7E).contains(byte) && !#"()<>@,;:\"/[]?={}"#.utf8.contains(byte)
            }
        guard isToken, !reserved.contains(name.lowercased()) else {
            throw .discard("the header '\(name.prefix(60))' is not a valid one, or not one that a job may set")
        }
        guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw .discard("the header '\(name)' has a value with control characters")
        }
    }
}
