import Foundation
import LocalServers

/// The secrets of the local stack, kept in `credentials.env`: given by the environment of some call, else generated.
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
    ///   - environment: The environment; what it gives takes the place of what is kept.
    ///   - file: The text of `credentials.env`; empty if there is none.
    /// - Returns: The credentials, and the text that the file must have now, nil if it is complete.
    static func resolve(environment: [String: String], file: String) -> (credentials: Credentials, newFile: String?) {
        var kept = EnvironmentFile.parse(file)
        var values: [Name: String] = [:]
        var isComplete = true
        for name in Name.allCases {
            if name.isConfigurable, let given = environment[name.rawValue], !given.isEmpty {
                values[name] = given
                if kept[name.rawValue] != given { isComplete = false }
                kept[name.rawValue] = given
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

    /// Reads the file as it is; nil when there is none.
    static func known(in file: URL) throws(StackError) -> Credentials? {
        guard access(file.path, F_OK) == 0 else { return nil }
        do {
            let kept = EnvironmentFile.parse(try String(contentsOf: file, encoding: .utf8))
            return Credentials(
                values: Dictionary(uniqueKeysWithValues: Name.allCases.map { ($0, kept[$0.rawValue] ?? "") })
            )
        } catch {
            throw StackError(error, at: file)
        }
    }

    /// Reads the file, completes it, and writes it with mode 0600 if anything was added.
    ///
    /// - Throws: ``StackError``.
    static func load(
        from file: URL,
        environment: [String: String]
    ) throws(StackError) -> Credentials {
        for name in Name.allCases
        where name.isConfigurable && environment[name.rawValue]?.contains(where: \.isNewline) == true {
            throw .badVariable(name: name.rawValue, value: "several lines", expected: "one line")
        }
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

/// Files of `NAME=VALUE` lines that a shell can read too; `#` begins a comment line.
enum EnvironmentFile {
    static func parse(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            let isQuoted = value.count >= 2 && value.hasPrefix("'") && value.hasSuffix("'")
            values[String(line[..<equals])] =
                isQuoted ? String(value.dropFirst().dropLast()).replacing("'\\''", with: "'") : String(value)
        }
        return values
    }

    static func text(_ values: [String: String]) -> String {
        "# Kept by `queueflow up` for the stack in this directory. Keep it private.\n"
            + values.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))\n" }.joined()
    }

    /// A value as a shell reads it: as it stands if no character of it means anything to a shell.
    static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:,+@%=".utf8.contains(byte)
            }
        }
        return isPlain ? value : "'\(value.replacing("'", with: "'\\''"))'"
    }
}
