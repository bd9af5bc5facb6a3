import Foundation
import LocalServers

@testable import QueueFlowCLI

/// Values that tests start from.
enum Samples {
    static func configuration(_ environment: [String: String] = [:]) throws -> StackConfiguration {
        try StackConfiguration(
            environment: environment,
            workingDirectory: URL(filePath: "/srv/example", directoryHint: .isDirectory),
            binaries: URL(filePath: "/srv/example/bin", directoryHint: .isDirectory)
        )
    }

    static func credentials(_ environment: [String: String] = [:]) -> Credentials {
        Credentials.resolve(environment: environment, file: "").credentials
    }

    static func plan(
        _ service: StackService,
        ports: [PortUse] = [],
        fingerprint: String = "f",
        settings: [String: String] = [:]
    ) -> ServicePlan {
        ServicePlan(
            service: service,
            kind: .process(LaunchCommand(executable: "/bin/true")),
            ports: ports,
            check: .unknown,
            fingerprint: fingerprint,
            settings: settings
        )
    }

    static func record(
        _ service: StackService,
        process: ProcessIdentity?,
        executable: String = "/bin/true",
        address: String? = nil,
        ports: [PortUse] = [],
        fingerprint: String = "f",
        settings: [String: String]? = nil,
        startedAt: Date = Date(timeIntervalSince1970: 0)
    ) -> ServiceRecord {
        ServiceRecord(
            service: service,
            process: process,
            executable: executable,
            address: address,
            ports: ports,
            check: .unknown,
            fingerprint: fingerprint,
            settings: settings,
            startedAt: startedAt
        )
    }
}
