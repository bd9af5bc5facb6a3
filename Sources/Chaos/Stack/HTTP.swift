import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Requests as clients and operators send them.
enum HTTP {
    /// What proves who somebody is.
    enum Credential: Sendable {
        case token(String)
        case key(String)
    }

    /// An answer.
    struct Answer: Sendable {
        var status: UInt
        var body: Data

        /// Reads the body as JSON.
        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(type, from: body)
        }
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.timeout.connect = .seconds(1)
        configuration.decompression = .disabled
        // Whoever comes after many failures would have to wait for longer and longer otherwise.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Sends a request to 127.0.0.1.
    ///
    /// - Throws: When there is no whole answer in time.
    static func send(
        _ method: String,
        port: Int,
        _ path: String,
        as caller: Credential? = nil,
        idempotencyKey: String? = nil,
        body: (any Encodable)? = nil,
        within limit: TimeAmount = .seconds(5)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        switch caller {
        case .token(let token): request.headers.add(name: "Authorization", value: "Bearer \(token)")
        case .key(let key): request.headers.add(name: "X-API-Key", value: key)
        case nil: break
        }
        if let idempotencyKey { request.headers.add(name: "Idempotency-Key", value: idempotencyKey) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        let response = try await client.execute(request, timeout: limit)
        let bytes = try await response.body.collect(upTo: 8 << 20)
        return Answer(status: response.status.code, body: Data(bytes.readableBytesView))
    }

    /// Sends a request of the suite's own, again and again until it is answered by other than 503, for half a minute at most.
    static func insist(
        _ method: String,
        port: Int,
        _ path: String,
        as caller: Credential? = nil,
        body: (any Encodable)? = nil,
        within limit: TimeAmount = .seconds(5)
    ) async throws -> Answer {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                let answer = try await send(method, port: port, path, as: caller, body: body, within: limit)
                if answer.status != 503 || ContinuousClock.now > deadline { return answer }
            } catch  where ContinuousClock.now < deadline {}
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Whether a process says that it makes progress.
    static func isReady(port: Int) async -> Bool {
        (try? await send("GET", port: port, "/readyz", within: .seconds(1)).status) == 200
    }
}
