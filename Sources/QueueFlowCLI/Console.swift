import Foundation

/// Where a command tells what it does.
struct Console: Sendable {
    private let output: @Sendable (String) -> Void

    /// A console that hands each line to a closure.
    init(_ output: @escaping @Sendable (String) -> Void) { self.output = output }

    /// Standard output; every line is out at once, also into a pipe.
    static let standard = Console { line in
        try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }

    func line(_ text: String = "") { output(text) }

    /// A line about a service: its name in a column of its own.
    func service(_ service: StackService, _ text: String) {
        output("  " + service.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0) + text)
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
