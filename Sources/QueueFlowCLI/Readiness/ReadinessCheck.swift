import AsyncHTTPClient
import Foundation
import LocalServers
import NIOCore
import NIOHTTP1

/// How to find out whether a process is ready to serve: each is asked in its own protocol.
enum ReadinessCheck: Codable, Sendable, Hashable {
    case postgres(Endpoint, user: String)
    case redis(Endpoint, password: String?)
    case kafka(Endpoint)
    /// Any of these accepts connections; for servers elsewhere, whose ways of authentication are not ours to know.
    case reachable([Endpoint])
    /// A GET of this URL is answered with 200.
    case http(url: String)
    /// There is nothing to ask from here.
    case unknown

    /// Asks once.
    ///
    /// - Returns: Why it is not ready; nil if it is.
    func problem(within limit: Duration = .seconds(2)) async -> String? {
        do {
            switch self {
            case .postgres(let server, let user):
                try await ServerProbe.postgres(host: server.host, port: server.port, user: user, within: limit)
            case .redis(let server, let password):
                try await ServerProbe.redis(host: server.host, port: server.port, password: password, within: limit)
            case .kafka(let server):
                try await ServerProbe.kafka(host: server.host, port: server.port, within: limit)
            case .reachable(let servers):
                return await Self.unreachable(servers, within: limit)
            case .http(let url):
                return await Self.httpProblem(url, within: limit)
            case .unknown:
                break
            }
            return nil
        } catch {
            return error.description
        }
    }

    private static func unreachable(_ servers: [Endpoint], within limit: Duration) async -> String? {
        var problems: [String] = []
        for server in servers {
            do {
                try await ServerProbe.tcp(host: server.host, port: server.port, within: limit)
                return nil
            } catch {
                problems.append(error.description)
            }
        }
        return problems.joined(separator: "; ")
    }

    private static func httpProblem(_ url: String, within limit: Duration) async -> String? {
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: TimeAmount(limit))
            let body = try await response.body.collect(upTo: 64 * 1024)
            if response.status == .ok { return nil }
            let text = String(buffer: body).split(whereSeparator: \.isNewline).joined(separator: " ")
            return "\(url) answers \(response.status.code): \(text.prefix(300))"
        } catch let error as HTTPClientError {
            return "\(url): \(error.shortDescription)"
        } catch {
            return "\(url): \(error)"
        }
    }
}
