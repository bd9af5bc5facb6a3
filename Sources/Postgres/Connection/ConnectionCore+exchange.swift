import CLibPQ
import Concurrency

/// The steps of which every conversation is made.
extension ConnectionCore {
    /// Makes the kernel take everything that has been queued, reading meanwhile: a server that cannot write would not read.
    func flush(_ link: PQConnection, _ exchange: Exchange) async throws {
        while true {
            guard let isPending = link.flush() else { throw lose(exchange, link.errorMessage) }
            guard isPending else { return }
            let ready = try await waitForServer([.read, .write], link, exchange)
            if ready.contains(.read) {
                // A broken connection's reason, such as a server shutting down, comes with the results.
                guard link.consumeInput() else { return }
                takeNotifications(link)
            }
        }
    }

    /// The next result; `nil` at the end of a command's results.
    func nextResult(_ link: PQConnection, _ exchange: Exchange) async throws -> PQResult? {
        while link.isBusy {
            _ = try await waitForServer(.read, link, exchange)
            guard link.consumeInput() else { break }
            takeNotifications(link)
        }
        return link.nextResult()
    }

    /// Receives a command's results to the end.
    ///
    /// - Returns: The last one.
    /// - Throws: The first error among them; the connection is ready for the next command nevertheless.
    func collectResults(_ link: PQConnection, _ exchange: Exchange) async throws -> PQResult {
        var last: PQResult?
        var failure: PostgresError?
        while let result = try await nextResult(link, exchange) {
            switch result.status {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                if failure == nil { failure = result.error(.server, operation: exchange.operation) }
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Left in this state the connection could never be used again.
                let error = exchange.failure(.usage, "COPY is not possible here; use copyIn")
                drop(error)
                throw error
            default:
                last = result
            }
        }
        if link.isBroken { throw lost(link, exchange, failure) }
        if let failure { throw failure }
        guard let last else { throw lose(exchange, "the server sent no result") }
        return last
    }

    /// The error for a connection that broke, with the server's last words if it had any.
    func lost(_ link: PQConnection, _ exchange: Exchange, _ failure: PostgresError?) -> PostgresError {
        let error = PostgresError(
            .connectionLost,
            operation: exchange.operation,
            message: failure?.message ?? link.errorMessage,
            sqlState: failure?.sqlState,
            detail: failure?.detail,
            hint: "The statement may or may not have taken effect; check that the server runs, then try again."
        )
        drop(error)
        return error
    }

    /// What libpq refused to send.
    func sendFailure(_ link: PQConnection, _ exchange: Exchange) -> PostgresError {
        link.isBroken ? lost(link, exchange, nil) : lose(exchange, link.errorMessage)
    }

    /// Suspends until the connection is ready. A cancelled task's command is cancelled on the server, and the wait goes on for
    /// its end.
    private func waitForServer(
        _ interest: DescriptorInterest,
        _ link: PQConnection,
        _ exchange: Exchange
    ) async throws -> DescriptorInterest {
        while link.socket >= 0 {
            let outcome = await loop.wait(
                for: link.socket,
                interest,
                until: exchange.deadline,
                signal: inputSignal,
                heedsCancellation: exchange.heedsCancellation && exchange.cancelRequest == nil
            )
            switch outcome {
            case .ready(let ready):
                return ready
            case .signalled:
                return .read
            case .cancelled:
                try requestCancel(link, exchange)
            case .timedOut:
                throw lose(exchange, "the server did not end it within \(configuration.cancellationTimeout)")
            }
        }
        return interest
    }

    private func requestCancel(_ link: PQConnection, _ exchange: Exchange) throws {
        exchange.deadline = .now + configuration.cancellationTimeout
        guard let canceller = link.makeCanceller() else { throw lose(exchange, "it cannot be cancelled") }
        do {
            exchange.cancelRequest = try BlockingCall(name: "postgres-cancel", on: loop) { canceller.cancel() }
        } catch {
            throw lose(exchange, "\(error)")
        }
    }
}

/// One conversation with the server, from a command to the server's being ready again.
///
/// Belongs to the connection's actor.
final class Exchange {
    let operation: String
    /// Whether cancelling the task cancels the command.
    let heedsCancellation: Bool
    /// When to give up the connection; set when the command is cancelled, or from the start.
    var deadline: ContinuousClock.Instant?
    /// The request to cancel that is under way or done.
    var cancelRequest: BlockingCall<String?>?

    init(_ operation: String, heedsCancellation: Bool, deadline: ContinuousClock.Instant?) {
        self.operation = operation
        self.heedsCancellation = heedsCancellation
        self.deadline = deadline
    }

    func failure(_ kind: PostgresError.Kind, _ message: String, hint: String? = nil) -> PostgresError {
        PostgresError(kind, operation: operation, message: message, hint: hint)
    }
}
