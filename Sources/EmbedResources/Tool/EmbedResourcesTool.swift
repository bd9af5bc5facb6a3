import Foundation

/// Writes Swift that carries the texts of files.
///
///     EmbedResourcesTool OUTPUT FOLDER FILE...
///
/// Each is a string: an array of its bytes, which is what `embedInCode` writes, took two thirds of the time that the job-service's module
/// needs to compile.
@main enum EmbedResourcesTool {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first, let folder = arguments.dropFirst().first else {
            fatalError("usage: EmbedResourcesTool OUTPUT FOLDER FILE...")
        }
        var lines = ["enum PackageResources {"]
        var paths: [String] = []
        for file in arguments.dropFirst(2) {
            let url = URL(fileURLWithPath: file)
            let name = String(url.lastPathComponent.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            lines.append("    static let \(name) = \(literal(try String(contentsOf: url, encoding: .utf8)))")
            paths.append("        \(literal(String(file.dropFirst(folder.count + 1)))): \(name),")
        }
        lines.append("    /// Each by its path in the target's folder.")
        lines += ["    static let all: [String: String] = ["] + paths + ["    ]", "}", ""]
        try lines.joined(separator: "\n").write(toFile: output, atomically: true, encoding: .utf8)
    }

    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"": literal += "\\\(scalar)"
            case "\n": literal += "\\n"
            case "\u{0}"..<" ": literal += "\\u{\(String(scalar.value, radix: 16))}"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
