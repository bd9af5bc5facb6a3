import Foundation

/// Where a command tells what it does.
struct Console: Sendable {
    private let output: @Sendable (String) -> Void

    /// A console that hands each line to a closure.
    init(_ output: @escaping @Sendable (String) -> Void) {
        self.output = { output($0.hasSuffix("\n") ? String($0.dropLast()) : $0) }
    }

    /// A console that hands text as it comes, with what ends its lines, to a closure.
    static func raw(_ output: @escaping @Sendable (String) -> Void) -> Console { Console(text: output) }

    private init(text output: @escaping @Sendable (String) -> Void) { self.output = output }

    /// Standard output; every line is out at once, also into a pipe. When nobody reads it any more the program ends, as by SIGPIPE.
    static let standard = Console.raw { text in
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            exit(128 + SIGPIPE)
        }
    }

    /// Standard error.
    static let standardError = Console.raw { text in
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    func line(_ text: String = "") { output(text + "\n") }

    /// Text that ends no line.
    func text(_ text: String) { output(text) }

    /// A line about a service: its name in a column of its own.
    func service(_ service: StackService, _ text: String) {
        line("  " + service.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0) + text)
    }
}

extension Duration {
    /// The duration in seconds with two digits, or in whole milliseconds when it is short: `1.24 s`, `35 ms`.
    var brief: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let hundredths = (milliseconds + 5) / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }
}
