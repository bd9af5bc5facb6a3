import Foundation

/// Finds installed programs.
public enum Executables {
    /// Where programs lie besides `PATH`: servers are often kept from ordinary users' paths.
    static let usualDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/opt/homebrew/bin"]

    /// Finds a program in the given directories, `PATH` and the usual directories, in this order.
    ///
    /// - Parameters:
    ///   - name: The program's name.
    ///   - directories: Where to look first.
    ///   - package: The Debian package that brings it, for the error's text.
    /// - Throws: ``LocalServerError/notInstalled(program:package:)``.
    public static func find(
        _ name: String,
        first directories: [String] = [],
        package: String
    ) throws(LocalServerError) -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let all = directories + path.split(separator: ":").map(String.init) + usualDirectories
        for directory in all where directory.hasPrefix("/") {
            let candidate = directory + "/" + name
            if access(candidate, X_OK) == 0 { return candidate }
        }
        throw .notInstalled(program: name, package: package)
    }
}
