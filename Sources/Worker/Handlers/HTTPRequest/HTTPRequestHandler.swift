import AsyncHTTPClient
import Concurrency
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform
import QueueFlowWorker
import Synchronization

/// `http.request {url, method?, headers?, body?, timeout?, expect_status?}`: calls a URL.
///
/// A payload is a stranger's: the request goes only where the settings allow, and to private addresses only of hosts that the
/// settings name in full. The host is looked up once and the connection goes to an address that was checked, so a name that
/// changes its address in between gains nothing. Redirects are not followed. The job's id goes along as `Idempotency-Key`.
struct HTTPRequestHandler: JobHandler {
    /// The most bytes of an answer's body that are read; the rest is left.
    static let maxAnswerBytes = 128 << 10

    private let allowed: [HTTPDestinationRule]
    private let resolve: @Sendable (String) async throws -> [IPAddress]
    private let circuits = HostCircuits()

    /// Calls what the rules allow.
    ///
    /// - Parameter resolve: Finds the addresses of a host.
    init(
        allowed: [HTTPDestinationRule],
        resolve: @escaping @Sendable (String) async throws -> [IPAddress] = lookUp
    ) {
        self.allowed = allowed
        self.resolve = resolve
    }

    /// The addresses of a host, the most promising first, found by a few threads that may block, however many jobs ask.
    @Sendable static func lookUp(_ host: String) async throws -> [IPAddress] {
        try await NIOThreadPool.singleton.runIfActive {
            try HostResolver.blockingAddresses(of: host).compactMap { IPAddress($0) }
        }
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let call = try HTTPCall(job)
        let target = call.target
        let rules = allowed.filter { $0.allows(scheme: target.scheme, host: target.host, port: target.port) }
        guard !rules.isEmpty else {
            throw JobFailure.discard(
                "\(target.scheme)://\(target.authority) is not in HTTP_REQUEST_ALLOW of this worker"
            )
        }
        let isNamed = rules.contains(where: \.namesOneHost)
        // Each tenant has its own, so that none can keep another from a host.
        let circuit = circuits.circuit(of: "\(job.tenant) \(target.authority)", isMetered: isNamed)
        do {
            let answer = try await circuit.run(isFailure: { !($0 is JobFailure) }) {
                let answer = try await limited(to: call.timeout) {
                    let address = try await address(of: target, mayBePrivate: isNamed)
                    return try await HTTPExchange(call: call, job: job.id, address: address).run()
                }
                // For the circuit a server that cannot serve has failed, whatever the job wants to make of it.
                if answer.status >= 500, answer.verdict != .success { throw ServerFailed(answer: answer) }
                return answer
            }
            return try result(of: answer)
        } catch let error as ServerFailed {
            return try result(of: error.answer)
        } catch let error as CircuitOpen {
            // The host was not called, so that the attempt is given back.
            throw JobFailure.snooze(for: error.retryAfter)
        }
    }

    /// Cancels the body when the time is up, name resolution and the answer's body included.
    private func limited(
        to limit: Duration,
        _ body: @escaping @Sendable () async throws -> HTTPAnswer
    ) async throws -> HTTPAnswer {
        try await withThrowingTaskGroup(of: HTTPAnswer?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else {
                throw PlainFailure(description: "the server did not answer within \(limit)")
            }
            return answer
        }
    }

    private struct ServerFailed: Error {
        var answer: HTTPAnswer
    }

    private func address(of target: HTTPTarget, mayBePrivate: Bool) async throws -> IPAddress {
        let addresses = try await resolve(target.host)
        guard let address = addresses.first(where: { mayBePrivate || $0.isPublic }) else {
            throw JobFailure.discard(
                """
                '\(target.host)' has no public address. A host with a private one must be named in full in \
                HTTP_REQUEST_ALLOW of this worker.
                """
            )
        }
        return address
    }

    private func result(of answer: HTTPAnswer) throws -> JobResult {
        let told = "the server answered \(answer.status)"
        switch answer.verdict {
        case .success: return try .encoding(answer)
        case .retry(let delay?): throw JobFailure.retry(after: delay, told)
        case .retry(nil): throw PlainFailure(description: told)
        case .discard where (300...399).contains(answer.status):
            throw JobFailure.discard("\(told), a redirect, which is not followed; put the new address into the job")
        case .discard: throw JobFailure.discard("\(told): \(answer.body.prefix(500))")
        }
    }

    /// A plain failure, which the job's retry policy answers.
    struct PlainFailure: Error, CustomStringConvertible {
        var description: String
    }
}

/// A circuit breaker for each host that jobs call, at most so many.
final class HostCircuits: Sendable {
    /// Past so many the closed ones are forgotten: they know nothing of weight.
    static let limit = 1_000

    private let circuits = Mutex<[String: CircuitBreaker]>([:])

    /// The circuit of a host.
    ///
    /// - Parameters:
    ///   - name: Whose it is and which host.
    ///   - isMetered: Whether metrics tell of it; for hosts that the settings name, of which there are only so many.
    func circuit(of name: String, isMetered: Bool) -> CircuitBreaker {
        circuits.withLock { circuits in
            if let known = circuits[name] { return known }
            if circuits.count >= Self.limit {
                circuits = circuits.filter { $0.value.phase != .closed(failures: 0) }
                if circuits.count >= Self.limit { circuits = [:] }
            }
            let made = CircuitBreaker("http \(name)", isMetered: isMetered)
            circuits[name] = made
            return made
        }
    }
}
