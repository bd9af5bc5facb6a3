import AsyncHTTPClient
import Concurrency
import Foundation
import HTTPFailures
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
        } catch {
            return "\(url): \(HTTPFailure(error))"
        }
    }
}

/// Waits until a service is ready, and says why when it does not become so.
struct ReadinessWait: Sendable {
    let service: StackService
    let check: ReadinessCheck
    /// The process, if this command started it, so that its end is noticed at once.
    let process: DetachedProcess?
    let log: URL

    /// - Throws: ``StackError/server(_:)`` with the end of the service's log.
    func wait(within limit: Duration) async throws(StackError) {
        let deadline = ContinuousClock.now + limit
        var pauses = Backoff(first: .milliseconds(10), longest: .milliseconds(200), jitter: 1...1)
        while let problem = await check.problem() {
            if ContinuousClock.now >= deadline {
                throw .server(
                    .notReady(name: service.rawValue, after: limit, lastProblem: problem, log: logTail)
                )
            }
            if let process {
                if let status = await process.waitForExit(within: pauses.next()) { throw failure(status) }
            } else {
                try? await Task.sleep(for: pauses.next())
            }
        }
        // A server of the same kind that someone else runs on the port would answer too.
        if let status = process?.exitStatus { throw failure(status) }
    }

    private func failure(_ status: Int32) -> StackError {
        .server(.failed(name: service.rawValue, status: status, log: logTail))
    }

    private var logTail: String { LogTail.read(log, lines: 10, width: 400) }
}

/// A host and a TCP port.
struct Endpoint: Codable, Sendable, Hashable, CustomStringConvertible {
    let host: String
    let port: Int

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The endpoint that a URL names; nil when it names none, as for a Unix socket.
    init?(url: String, standardPort: Int) {
        guard let components = URLComponents(string: url), let host = components.host, !host.isEmpty else { return nil }
        self.init(host: host.trimmingCharacters(in: ["[", "]"]), port: components.port ?? standardPort)
    }

    /// The endpoints of a list such as `KAFKA_BROKERS`: `host:port,host:port`.
    static func list(_ text: String, standardPort: Int) -> [Endpoint] {
        text.split(separator: ",").compactMap {
            Endpoint(url: "tcp://" + $0.trimmingCharacters(in: .whitespaces), standardPort: standardPort)
        }
    }
}
