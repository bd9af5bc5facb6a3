import Foundation

/// PostgreSQL's programs on this machine.
public struct PostgresInstallation: Sendable, Hashable {
    /// The directory that holds `initdb`, `postgres` and `psql`.
    public let binaries: String

    /// Finds PostgreSQL: Debian's place first, then Homebrew's, then `PATH`.
    ///
    /// - Parameter version: The version wanted, as in a cluster's file `PG_VERSION`, since a server reads no other
    ///   version's files; nil, or a version that is not installed, for the newest.
    /// - Throws: ``LocalServerError/notInstalled(program:package:)``.
    public static func find(version: String? = nil) throws(LocalServerError) -> PostgresInstallation {
        let installed =
            versions(under: "/usr/lib/postgresql", prefix: "")
            + ["/opt/homebrew/opt", "/usr/local/opt"].flatMap { versions(under: $0, prefix: "postgresql@") }
        let wanted = installed.filter { $0.version == version } + installed
        let postgres = try Executables.find(
            "postgres",
            first: wanted.map { $0.directory + "/bin" },
            package: "postgresql"
        )
        return PostgresInstallation(binaries: URL(filePath: postgres).deletingLastPathComponent().path)
    }

    /// The path of one of the programs.
    public func program(_ name: String) -> String { binaries + "/" + name }

    /// The subdirectories named by a version number after `prefix`, newest first.
    private static func versions(under parent: String, prefix: String) -> [(version: String, directory: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return names.filter { $0.hasPrefix(prefix) }
            .compactMap { name in
                let version = String(name.dropFirst(prefix.count))
                return Double(version).map { (number: $0, version: version, directory: parent + "/" + name) }
            }
            .sorted { $0.number > $1.number }
            .map { ($0.version, $0.directory) }
    }
}
