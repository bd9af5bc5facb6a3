import CLibPQ
import Concurrency

extension ConnectionCore {
    /// Connects, trying each host and each of its addresses in turn.
    ///
    /// - Throws: ``PostgresError`` of kind `cannotConnect`, or `CancellationError`.
    func connect() async throws {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let endpoints: [Endpoint]?
        do {
            endpoints = try await Endpoint.resolve(configuration, on: loop, until: deadline)
        } catch let failure as HostResolver.Failure {
            throw cannotConnect("\(failure)")
        } catch let error as ThreadingError {
            throw cannotConnect("\(error)")
        }
        // libpq would give the whole time to the first address, although it may be the dead one.
        let groups: [[Endpoint]?] =
            if let endpoints, !configuration.comparesHosts { endpoints.map { [$0] } } else { [endpoints] }
        var failure = cannotConnect("the URL names no host")
        for (index, group) in groups.enumerated() {
            let share = ContinuousClock.now.duration(to: deadline) / (groups.count - index)
            do {
                try await attempt(group, until: .now + share)
                publishState()
                return
            } catch let error as PostgresError {
                failure = error
            }
        }
        throw failure
    }

    private func attempt(_ endpoints: [Endpoint]?, until deadline: ContinuousClock.Instant) async throws {
        let link = try PQConnection(configuration.settings(endpoints: endpoints), logger: logger)
        guard !link.isBroken else { throw cannotConnect(link.errorMessage) }
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            let interest: DescriptorInterest
            switch next {
            case PGRES_POLLING_READING: interest = .read
            case PGRES_POLLING_WRITING: interest = .write
            default: throw cannotConnect(link.errorMessage)
            }
            switch await loop.wait(for: link.socket, interest, until: deadline) {
            case .ready, .signalled: next = link.poll()
            case .cancelled: throw CancellationError()
            case .timedOut: throw cannotConnect("the server did not answer within \(configuration.connectTimeout)")
            }
        }
        guard link.becomeNonBlocking() else { throw cannotConnect(link.errorMessage) }
        self.link = link
    }

    private func cannotConnect(_ message: String) -> PostgresError {
        PostgresError(
            .cannotConnect,
            operation: "connect to \(configuration)",
            message: message,
            hint:
                "Check that the server runs there and that the URL's host, port, user, password and database are right."
        )
    }
}
