import Foundation
import GRPC
import Testing

/// The tables of `docs/grpc.md` say what the code says.
@Suite struct DocumentationTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/grpc.md")

    /// The rows below a heading that ends in `heading`, by their first cell, with their second.
    private func defaults(under heading: String) throws -> [String: String] {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let part = try #require(text.components(separatedBy: "\(heading)`)").dropFirst().first)
        let rows = part.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("| `") }
            .prefix { $0.hasPrefix("| `") }
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                return (cells[0].trimmingCharacters(in: ["`"]), cells[1])
            }
        )
    }

    /// The settings within `value`, by their paths.
    private func settings(of value: Any, path: String = "") -> [String: String] {
        var found: [String: String] = [:]
        for child in Mirror(reflecting: value).children {
            let name = path + (child.label ?? "")
            switch child.value {
            case let value as Int: found[name] = size(value)
            case let value as Double: found[name] = "\(value)"
            case let value as ClosedRange<Double>: found[name] = "\(value.lowerBound) to \(value.upperBound)"
            case let value as Bool: found[name] = "\(value)"
            case let value as Duration: found[name] = time(value)
            case let value as Duration?: found[name] = value.map(time) ?? "none"
            case let value as String?: found[name] = value ?? "none"
            default: found.merge(settings(of: child.value, path: "\(name).")) { first, _ in first }
            }
        }
        return found
    }

    private func size(_ value: Int) -> String {
        switch value {
        case (1 << 20)... where value % (1 << 20) == 0: "\(value >> 20) MiB"
        case (1 << 10)... where value % (1 << 10) == 0: "\(value >> 10) KiB"
        default: "\(value)"
        }
    }

    private func time(_ value: Duration) -> String {
        value < .seconds(1) ? "\(Int(value / .milliseconds(1))) ms" : "\(Int(value / .seconds(1))) s"
    }

    @Test func serverDefaults() throws {
        let documented = try defaults(under: "GRPCServerConfiguration")
        let actual = settings(of: GRPCServerConfiguration(port: 1))
        #expect(documented.count == 17)
        for (name, value) in documented { #expect(actual[name] == value, "\(name)") }
    }

    @Test func clientDefaults() throws {
        let documented = try defaults(under: "GRPCClientConfiguration")
        let actual = settings(of: GRPCClientConfiguration(addresses: []))
        #expect(documented.count == 13)
        for (name, value) in documented { #expect(actual[name] == value, "\(name)") }
        let server = settings(of: GRPCServerConfiguration(port: 1))
        let shared = [
            "limits.maxReceiveMessageSize", "limits.maxMetadataSize", "limits.streamWindowSize",
            "limits.connectionWindowSize", "limits.writeBufferSize", "drainTimeout",
        ]
        for name in shared { #expect(actual[name] == server[name], "\(name)") }
    }
}
