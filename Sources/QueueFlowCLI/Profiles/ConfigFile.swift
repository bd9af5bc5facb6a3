import Foundation
import LocalServers

/// A file with profiles: which installations there are, and by what one proves who one is. Only its owner may read it.
struct ConfigFile: Sendable {
    let url: URL

    /// The user's own: `$XDG_CONFIG_HOME/queueflow/config.toml`, or else `~/.config/queueflow/config.toml`.
    static func ofUser(_ environment: [String: String]) -> ConfigFile {
        let base =
            environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
            ?? URL(filePath: environment["HOME"] ?? "/").appending(path: ".config")
        return ConfigFile(url: base.appending(path: "queueflow/config.toml"))
    }

    /// What it says; nothing when there is none.
    ///
    /// - Throws: ``CommandFailure`` when others may read it, or when it cannot be understood.
    func read() throws(CommandFailure) -> Config {
        var status = stat()
        guard stat(url.path, &status) == 0 else { return Config() }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw CommandFailure(
                .failure,
                "\(url.path) holds credentials, and others may read or change it (mode \(mode)); call: chmod 600 "
                    + EnvironmentFile.quoted(url.path)
            )
        }
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw CommandFailure(.failure, "\(url.path) cannot be read")
        }
        do {
            return try Config(TOMLText.parse(text))
        } catch {
            throw CommandFailure(.failure, "\(url.path), \(error)")
        }
    }

    /// Changes what it says, while no other command does; it is not written when the body throws or changes nothing.
    func change<Result: Sendable>(_ body: @Sendable (inout Config) async throws -> Result) async throws -> Result {
        let directory = url.deletingLastPathComponent()
        try? FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let lock = try await lock()
        defer { close(lock) }
        var config = try read()
        let before = config
        let result = try await body(&config)
        if config != before {
            do {
                try PrivateFile.write(TOMLText.text(config.tables), to: url)
            } catch {
                throw CommandFailure(.failure, "\(error)")
            }
        }
        return result
    }

    /// Asks again and again, as waiting for a lock would block a thread that others need.
    private func lock() async throws -> Int32 {
        let path = url.path + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure(.failure, "\(path): \(String(cString: strerror(errno)))") }
        let deadline = ContinuousClock.now + .seconds(40)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw CommandFailure(.failure, "another queueflow command holds \(path); wait for its end")
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                close(descriptor)
                throw error
            }
        }
        return descriptor
    }
}

/// Which installations there are, and which is used when none is named.
struct Config: Sendable, Hashable {
    var current: String?
    var profiles: [String: Profile] = [:]
}

/// An installation, and by what one proves who one is there.
struct Profile: Sendable, Hashable {
    var url: String
    var apiKey: String?
    var tokens: Session.Tokens?

    init(url: String) { self.url = url }
}
