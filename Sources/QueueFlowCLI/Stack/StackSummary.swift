import Foundation

/// What `queueflow up` tells at the end: addresses and the administrator's credentials.
struct StackSummary: Sendable {
    let configuration: StackConfiguration
    let credentials: Credentials
    /// What the gateway has for TLS; nil when it speaks none.
    let certificate: GatewayCertificate?

    func print(to console: Console) {
        let ports = configuration.ports
        var rows = [
            ("REST", "\(configuration.gatewayURL)  (job-service itself: port \(ports[.rest]))"),
            ("Dashboard", "\(configuration.gatewayURL)/dashboard/"),
            ("API documentation", "\(configuration.gatewayURL)/docs"),
            ("gRPC", "127.0.0.1:\(ports[.control])"),
        ]
        if let certificate {
            let url = "https://localhost:\(ports[.gatewayTLS])"
            rows.append(("TLS", "\(url)  (REST, and workers: CONTROL_ADDRESS=\(url))"))
            rows.append(("Certificate", certificate.authority.map { "by the authority in \($0)" } ?? certificate.chain))
        }
        rows += [
            (
                "Metrics",
                [StackPort.metrics, .workerMetrics, .schedulerMetrics].filter {
                    configuration.services.contains($0.service)
                }
                .map { "http://127.0.0.1:\(ports[$0])/metrics" }.joined(separator: "  ")
            ),
            ("Administrator", "\(credentials[.adminUsername]) / \(credentials[.adminPassword])"),
            ("Credentials", configuration.directory.credentials.path),
            ("Logs", configuration.directory.logs.path),
        ]
        console.line()
        console.line("QueueFlow is up.")
        for (name, value) in rows {
            console.line("  " + name.padding(toLength: 20, withPad: " ", startingAt: 0) + value)
        }
        console.line()
    }
}
