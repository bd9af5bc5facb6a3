import Concurrency

/// A host with one of its addresses.
struct Endpoint: Sendable, Hashable {
    /// The name, which TLS verifies; or the directory of a Unix socket.
    let host: String
    /// Empty for a Unix socket.
    let address: String
    let port: String
}

extension Endpoint {
    /// Resolves the configured hosts, so that libpq does not: it would block the thread that calls it.
    ///
    /// - Returns: `nil` when the configuration gives addresses itself or no host at all.
    /// - Throws: ``HostResolver/Failure`` when no host resolves, or `CancellationError`.
    static nonisolated(nonsending) func resolve(
        _ configuration: PostgresConfiguration,
        on loop: DescriptorLoop,
        until deadline: ContinuousClock.Instant
    ) async throws -> [Endpoint]? {
        guard configuration.hostAddress == nil, let hosts = configuration.host, !hosts.isEmpty else { return nil }
        let names = hosts.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let ports = (configuration.port ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard ports.count == names.count || ports.count <= 1 else { return nil }
        var endpoints: [Endpoint] = []
        var failure: HostResolver.Failure?
        for (index, name) in names.enumerated() {
            let port = ports.count == names.count ? ports[index] : ports.first ?? ""
            if name.isEmpty || name.hasPrefix("/") || name.hasPrefix("@") {
                endpoints.append(Endpoint(host: name, address: "", port: port))
                continue
            }
            do {
                let addresses = try await HostResolver.addresses(of: name, on: loop, until: deadline)
                endpoints += addresses.map { Endpoint(host: name, address: $0, port: port) }
            } catch let error as HostResolver.Failure {
                failure = error
            }
        }
        if endpoints.isEmpty, let failure { throw failure }
        return endpoints
    }
}
