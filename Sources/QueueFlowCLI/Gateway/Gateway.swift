import Foundation
import LocalServers

/// nginx of the local stack: its configuration files and its command.
///
/// The files in `nginx/` of the repository are the source; `queueflow.conf.template` is the one that containers use too.
struct Gateway: Sendable {
    /// The name of each file in nginx's prefix, and its text.
    let files: [String: String]
    /// The command that runs nginx in the foreground.
    let command: LaunchCommand
    /// What it has for TLS; nil when it speaks none.
    let certificate: GatewayCertificate?
    private let prefix: URL

    /// Finds nginx and the templates, and fills these in.
    ///
    /// - Throws: ``StackError`` if something is missing.
    init(configuration: StackConfiguration) throws(StackError) {
        let templates = try Self.templates(near: [configuration.binaries, configuration.workingDirectory])
        prefix = configuration.directory.nginx
        certificate = try configuration.hasTLS ? GatewayCertificate(configuration, maker: templates) : nil
        var values = [
            "GATEWAY_LISTEN": "127.0.0.1:\(configuration.ports[.gateway])",
            "JOB_SERVICE_ADDRESS": "127.0.0.1:\(configuration.ports[.rest])",
            "MAINTENANCE_FILE": prefix.appending(path: "maintenance").path,
            "GATEWAY_TLS_LISTEN": "127.0.0.1:\(configuration.ports[.gatewayTLS])",
            "CONTROL_ADDRESS": "127.0.0.1:\(configuration.ports[.control])",
        ]
        values["TLS_CERTIFICATE"] = certificate?.chain
        values["TLS_KEY"] = certificate?.key
        func filled(_ name: String) throws(StackError) -> String {
            let template = name + ".template"
            return try Template.fill(Self.read(template, in: templates), with: values, named: template)
        }
        files = [
            "nginx.conf": try Self.read("local.conf", in: templates),
            "queueflow.conf": try filled("queueflow.conf"),
            "site.conf": try filled("site.conf"),
            "tls.conf": certificate == nil ? "" : try filled("tls.conf"),
        ]
        // A master that runs as root would start its workers as `nobody`, who cannot enter `.queueflow`.
        let directives = geteuid() == 0 ? "daemon off; user root;" : "daemon off;"
        do {
            command = LaunchCommand(
                executable: try Executables.find("nginx", package: "nginx"),
                arguments: ["-p", prefix.path, "-c", "nginx.conf", "-e", "stderr", "-g", directives],
                environment: LaunchCommand.minimalEnvironment,
                workingDirectory: prefix
            )
        } catch {
            throw .server(error)
        }
    }

    /// Writes the files.
    func write() throws(StackError) {
        do {
            try FileManager.default.createDirectory(
                at: prefix.appending(path: "temp"),
                withIntermediateDirectories: true
            )
            for (name, text) in files {
                try text.write(to: prefix.appending(path: name), atomically: true, encoding: .utf8)
            }
        } catch {
            throw .file(path: prefix.path, reason: error.localizedDescription)
        }
    }

    /// The directory `nginx` of the repository: in one of the given directories or above it.
    private static func templates(near directories: [URL]) throws(StackError) -> URL {
        var searched: [String] = []
        for start in directories {
            var directory = start.standardizedFileURL.resolvingSymlinksInPath()
            while true {
                let candidate = directory.appending(path: "nginx", directoryHint: .isDirectory)
                if access(candidate.appending(path: "queueflow.conf.template").path, R_OK) == 0 { return candidate }
                if directory.path == "/" { break }
                directory.deleteLastPathComponent()
            }
            searched.append("\(start.path) and above")
        }
        throw .missingTemplate(name: "nginx/queueflow.conf.template", searched: searched)
    }

    private static func read(_ name: String, in directory: URL) throws(StackError) -> String {
        let file = directory.appending(path: name)
        do {
            return try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw .file(path: file.path, reason: error.localizedDescription)
        }
    }
}

/// Texts with placeholders `${NAME}`, as `envsubst` fills them in; nginx's own `$name` stays as it is.
enum Template {
    /// - Throws: ``StackError/unknownPlaceholder(name:file:)`` for a placeholder without a value.
    static func fill(_ text: String, with values: [String: String], named file: String) throws(StackError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            let after = rest[start.upperBound...]
            guard let end = after.firstIndex(of: "}") else { break }
            let name = String(after[..<end])
            guard let value = values[name] else { throw .unknownPlaceholder(name: name, file: file) }
            result += value
            rest = after[after.index(after: end)...]
        }
        return result + rest
    }
}
