import Foundation
import LocalServers

/// The secrets of the local stack: given by the environment, else kept in `credentials.env`, else generated into it.
struct Credentials: Sendable, Hashable {
    enum Name: String, CaseIterable, Sendable {
        case adminUsername = "QUEUEFLOW_ADMIN_USERNAME"
        case adminPassword = "QUEUEFLOW_ADMIN_PASSWORD"
        case jwtSecret = "JWT_SECRET"
        case workerToken = "WORKER_TOKEN"
        case postgresPassword = "POSTGRES_PASSWORD"
        case redisPassword = "REDIS_PASSWORD"

        /// Whether the environment may give it. Passwords of servers that this stack makes are its own business.
        var isConfigurable: Bool {
            switch self {
            case .adminUsername, .adminPassword, .jwtSecret, .workerToken: true
            case .postgresPassword, .redisPassword: false
            }
        }

        func generated() -> String {
            switch self {
            case .adminUsername: "admin"
            case .adminPassword, .postgresPassword, .redisPassword: Secret.random(bytes: 16)
            case .jwtSecret, .workerToken: Secret.random(bytes: 32)
            }
        }
    }

    private let values: [Name: String]

    subscript(name: Name) -> String { values[name] ?? "" }

    /// Completes what a file holds with the environment and with newly generated values.
    ///
    /// - Parameters:
    ///   - environment: The environment; what it gives is used and not written anywhere.
    ///   - file: The text of `credentials.env`; empty if there is none.
    /// - Returns: The credentials, and the text that the file must have now, nil if it is complete.
    static func resolve(environment: [String: String], file: String) -> (credentials: Credentials, newFile: String?) {
        var kept = EnvironmentFile.parse(file)
        var values: [Name: String] = [:]
        var isComplete = true
        for name in Name.allCases {
            if name.isConfigurable, let given = environment[name.rawValue], !given.isEmpty {
                values[name] = given
            } else if let known = kept[name.rawValue], !known.isEmpty {
                values[name] = known
            } else {
                let value = name.generated()
                values[name] = value
                kept[name.rawValue] = value
                isComplete = false
            }
        }
        return (Credentials(values: values), isComplete ? nil : EnvironmentFile.text(kept))
    }

    /// Reads the file, completes it, and writes it with mode 0600 if anything was added.
    ///
    /// - Throws: ``StackError/file(path:reason:)``.
    static func load(
        from file: URL,
        environment: [String: String]
    ) throws(StackError) -> Credentials {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let (credentials, newFile) = resolve(environment: environment, file: text)
        if let newFile {
            do {
                try PrivateFile.write(newFile, to: file)
            } catch {
                throw .server(error)
            }
        }
        return credentials
    }
}
