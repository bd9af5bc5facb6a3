import Foundation
import TestSupport
import Testing

@testable import QueueFlowCLI

/// `docs/cli-reference.md` says what `--help` says. `QUEUEFLOW_WRITE_REFERENCE=1` has this test write it.
@Suite struct ReferenceTests {
    /// What `--experimental-dump-help` prints.
    private struct Dump: Decodable {
        var command: Command
    }

    private struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var arguments: [Argument]?
        var subcommands: [Command]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var shouldDisplay: Bool
        var sectionTitle: String?
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var defaultValue: String?
    }

    private static let file = Script.repository.appending(path: "docs/cli-reference.md")

    @Test func theReferenceIsWhatTheProgramSays() async throws {
        let run = try await CommandRun("--experimental-dump-help")
        let dump = try JSONDecoder().decode(Dump.self, from: Data(run.output.utf8))
        let text = Self.head + Self.shared(dump.command) + Self.commands(dump.command, "")
        if ProcessInfo.processInfo.environment["QUEUEFLOW_WRITE_REFERENCE"] != nil {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(
            written == text,
            "write it anew with: QUEUEFLOW_WRITE_REFERENCE=1 swift test --filter ReferenceTests"
        )
    }

    /// Each command's help can be asked for, and none has two options of one name.
    @Test func everyCommandHasHelp() async throws {
        let run = try await CommandRun("--experimental-dump-help")
        let dump = try JSONDecoder().decode(Dump.self, from: Data(run.output.utf8))
        for path in Self.paths(dump.command) {
            let help = try await CommandRun(path + ["--help"])
            #expect(help.status == 0 && help.output.contains("USAGE: queueflow"), "\(path)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func everyShellCompletes(_ shell: String) async throws {
        let run = try await CommandRun("completion", shell)
        #expect(run.status == 0 && run.output.contains("fingerprint"), "\(run)")
    }

    private static func paths(_ command: Command) -> [[String]] {
        children(command).flatMap { child in [[child.commandName]] + paths(child).map { [child.commandName] + $0 } }
    }

    private static func children(_ command: Command) -> [Command] {
        (command.subcommands ?? []).filter { $0.commandName != "help" }
    }

    private static let head = """
        # queueflow: reference

        What `queueflow COMMAND --help` says of each command; [cli.md](cli.md) is the guide. A test compares it with the program.


        """

    /// The options that many commands have, once.
    private static func shared(_ root: Command) -> String {
        let all = children(root).flatMap { [$0] + children($0) }
        return ["Connection", "Output"].map { title in
            let options = all.lazy.compactMap { command in
                command.arguments?.filter { $0.sectionTitle == title && $0.shouldDisplay }
            }.first { !$0.isEmpty }
            let about =
                title == "Connection" ? "Commands that call a server have" : "Commands that print what they found have"
            return "\(about):\n\n\(table(options ?? []))\n"
        }.joined()
    }

    private static func commands(_ command: Command, _ path: String) -> String {
        children(command).map { child in
            let name = path + child.commandName
            let own = (child.arguments ?? []).filter {
                $0.shouldDisplay && !["Connection", "Output"].contains($0.sectionTitle)
                    && $0.names?.contains { $0.name == "help" } != true
            }
            let level = path.isEmpty ? "##" : "###"
            var text = "\(level) queueflow \(name)\n\n\(child.abstract ?? "")\n\n"
            if let discussion = child.discussion {
                text +=
                    discussion.split(separator: "\n\n").map { $0.replacing("\n", with: "  \n") }.joined(
                        separator: "\n\n"
                    ) + "\n\n"
            }
            if !own.isEmpty { text += table(own) + "\n" }
            return text + commands(child, name + " ")
        }.joined()
    }

    private static func table(_ arguments: [Argument]) -> String {
        let names = Set(arguments.flatMap { $0.names ?? [] }.map(\.name))
        let rows = arguments.compactMap { argument -> String? in
            let value = argument.valueName.map { "<\($0)>" } ?? ""
            var own = (argument.names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name }
            if argument.kind == "flag", let name = argument.names?.first?.name {
                // What switches off stands beside what switches on.
                if name.hasPrefix("no-"), names.contains(String(name.dropFirst(3))) { return nil }
                if names.contains("no-\(name)") { own.append("--no-\(name)") }
            }
            let call =
                switch argument.kind {
                case "positional": argument.isRepeating ? "\(value)..." : value
                case "flag": own.joined(separator: ", ")
                default: own.joined(separator: ", ") + " \(value)"
                }
            let standard = argument.kind == "flag" ? nil : argument.defaultValue
            let about = (argument.abstract ?? "").replacing("|", with: "\\|")
            return "| `\(call)` | \(about)\(standard.map { " (default: \($0))" } ?? "") |\n"
        }
        return "| | |\n|---|---|\n" + rows.joined()
    }
}
