import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Takes calls to an installation and brings their answers.
package protocol Carrier: Sendable {
    /// Where the installation is, for who reads of a failure.
    var address: String { get }
    /// Has a call answered.
    ///
    /// - Parameters:
    ///   - call: With all of its headers.
    ///   - time: How long it may take.
    func carry(_ call: Call, within time: Duration) async throws -> Answer
    /// Ends the connections.
    func shutdown() async
}

/// Takes calls over HTTP.
struct HTTPCarrier: Carrier {
    /// The most bytes of an answer: far above a page of jobs.
    private static let maxAnswerBytes = 64 << 20

    let address: String
    private let http: HTTPClient

    /// Takes calls to the API at a URL.
    init(url: String, configuration: QueueFlowClientConfiguration) {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.maxConnections
        // Whether and when to try again is decided by who sends.
        settings.connectionPool.retryConnectionEstablishment = false
        address = url.hasSuffix("/") ? String(url.dropLast()) : url
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    func carry(_ call: Call, within time: Duration) async throws -> Answer {
        var request = HTTPClientRequest(url: address + call.path)
        request.method = call.method
        request.headers = call.headers
        if let body = call.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await http.execute(request, deadline: .now() + TimeAmount(time))
        let body = try await response.body.collect(upTo: Self.maxAnswerBytes)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Data(body.readableBytesView)
        )
    }

    func shutdown() async {
        try? await http.shutdown()
    }
}
